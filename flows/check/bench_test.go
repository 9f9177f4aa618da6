package check

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// benchText strings a language's test messages together and cuts at n letters.
func benchText(b *testing.B, lang string, n int) string {
	lures, _ := messages(b, lang, "lures")
	ordinary, _ := messages(b, lang, "ordinary")
	var all []string
	for i := range max(len(lures), len(ordinary)) {
		all = append(all, lures[i%len(lures)], ordinary[i%len(ordinary)])
	}
	text := []rune(strings.Join(all, "\n"))
	for len(text) < n {
		text = append(text, text...)
	}
	return string(text[:n])
}

// micros is a time for a metric.
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// bytesOf is how many bytes a turn of f takes from the heap.
func bytesOf(turns int, f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range turns {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(turns)
}

// BenchmarkCheck is a whole check of a text of 300, 1,000 and 4,000 letters in
// every language. x-fold is how many times longer it takes than the yardstick,
// NFKC and case folding of the same text by x/text, timed turn by turn in the
// same run; medians, which other work on the machine moves least.
func BenchmarkCheck(b *testing.B) {
	c := checker(b)
	caser := cases.Fold()
	for _, lang := range languages {
		for _, n := range []int{300, 1000, 4000} {
			text := benchText(b, lang, n)
			b.Run(fmt.Sprintf("%s/%d", lang, n), func(b *testing.B) {
				var checks, folds []time.Duration
				for b.Loop() {
					start := time.Now()
					c.Check(text)
					half := time.Now()
					caser.String(norm.NFKC.String(text))
					checks, folds = append(checks, half.Sub(start)), append(folds, time.Since(half))
				}
				check, fold := median(checks), median(folds)
				memory, bytes := testing.AllocsPerRun(20, func() { c.Check(text) }), bytesOf(20, func() { c.Check(text) })
				b.ReportMetric(micros(check), "check-us")
				b.ReportMetric(micros(fold), "fold-us")
				b.ReportMetric(float64(check)/float64(fold), "x-fold")
				b.ReportMetric(memory, "check-allocs")
				b.ReportMetric(bytes, "check-B")
			})
		}
	}
}

// benchMessages are the test messages of all languages, each as it is.
func benchMessages(b *testing.B) (out []string) {
	for _, lang := range languages {
		for _, name := range []string{"lures", "lures_with_warnings", "warnings", "ordinary", "captive", "captive_not"} {
			texts, _ := messages(b, lang, name)
			out = append(out, texts...)
		}
	}
	return out
}

// benchCorpus are a thousand messages as they come: test messages strung together
// and cut, 328 letters on average, few long, up to 4,096.
func benchCorpus(b *testing.B) (out []string) {
	all := benchMessages(b)
	r := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		n := min(20+int(r.ExpFloat64()*308), 4096)
		var text []rune
		for i := r.IntN(len(all)); len(text) < n; i++ {
			text = append(append(text, []rune(all[i%len(all)])...), '\n')
		}
		out = append(out, string(text[:n]))
	}
	return out
}

// crafted are messages of 4,096 letters made to be dear.
func crafted(b *testing.B, c *Checker) map[string]string {
	fill := func(s string) string {
		r := []rune(strings.Repeat(s, 4096/max(len([]rune(s)), 1)+1))
		return string(r[:4096])
	}
	out := map[string]string{
		"one letter": fill("a"), "letters apart": fill("a b c d "), "spaces": fill(" "), "dots": fill("."), "dotted": fill("a.b."),
		"digits": fill("1"), "numbers": fill("12 345 6"), "amounts": fill("$1,000 a day "), "at": fill("@"), "handles": fill("@abcde "),
		"links": fill("http://a.com/b "), "brackets": fill("[.]("), "phones": fill("+84912345678 "), "wallets": fill("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb "),
		"invisible": fill("a\u200bb"), "marks on marks": fill("a\u0301\u0301"), "other alphabets": fill("раураl "), "emoji": fill("😀"),
		"numerals": fill("一万五千"), "percent": fill("5% "), "broken": strings.Repeat("\xff\xfe", 4096), "ligatures": fill("ﷺ"),
		"quotes": fill("\"a\" "), "sentences": fill("a. "), "hosts": fill("xn--a."), "places": fill("myawaddy poipet laos "),
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, lang := range languages {
		// The words of the groups, in one sentence and without order: the most
		// terms and the most phrases that may stand there.
		var words []string
		for _, g := range c.words[lang].Words {
			words = append(words, g...)
		}
		slices.Sort(words)
		r.Shuffle(len(words), func(i, k int) { words[i], words[k] = words[k], words[i] })
		out["words of groups, "+lang] = fill(strings.ReplaceAll(strings.Join(words, " "), "*", ""))
		var phrases []string
		for _, s := range c.words[lang].Signs {
			phrases = append(phrases, s.Phrases...)
		}
		slices.Sort(phrases)
		r.Shuffle(len(phrases), func(i, k int) { phrases[i], phrases[k] = phrases[k], phrases[i] })
		clean := strings.NewReplacer("(", " ", ")", " ", "|", " ", "<", " ", ">", " ", "*", "", "…", " ", "[", "", "]", "", "~", "", "+", "", ".", " ")
		out["words of phrases, "+lang] = fill(clean.Replace(strings.Join(phrases, " ")))
		out["lures, "+lang] = benchText(b, lang, 4096)
	}
	return out
}

// BenchmarkCorpus is the check of a thousand messages as they come, one after the
// other, with the yardstick of BenchmarkCheck, and what a message takes from the
// heap.
func BenchmarkCorpus(b *testing.B) {
	c := checker(b)
	all := benchCorpus(b)
	caser := cases.Fold()
	work := func() {
		for _, text := range all {
			c.Check(text)
		}
	}
	var check, fold time.Duration
	for b.Loop() {
		start := time.Now()
		work()
		half := time.Now()
		for _, text := range all {
			caser.String(norm.NFKC.String(text))
		}
		check, fold = check+half.Sub(start), fold+time.Since(half)
	}
	n := float64(len(all))
	b.ReportMetric(micros(check)/n/float64(b.N), "check-us")
	b.ReportMetric(float64(check)/float64(fold), "x-fold")
	b.ReportMetric(testing.AllocsPerRun(2, work)/n, "check-allocs")
	b.ReportMetric(bytesOf(2, work)/n, "check-B")
}

// BenchmarkTail tells the time of the slowest of a hundred messages and of the
// slowest message that could be made. Each message counts with the best of five
// turns, so that the figures are the program's and not the machine's.
func BenchmarkTail(b *testing.B) {
	c := checker(b)
	all := benchCorpus(b)
	best := func(text string) time.Duration {
		d := time.Hour
		for range 5 {
			start := time.Now()
			c.Check(text)
			d = min(d, time.Since(start))
		}
		return d
	}
	b.Run("messages", func(b *testing.B) {
		for b.Loop() {
			var took []time.Duration
			for _, text := range all {
				took = append(took, best(text))
			}
			slices.Sort(took)
			p99 := took[len(took)*99/100]
			worst, name := time.Duration(0), ""
			for what, text := range crafted(b, c) {
				if d := best(text); d > worst {
					worst, name = d, what
				}
			}
			b.Logf("%d messages; the worst crafted one: %s", len(all), name)
			b.ReportMetric(micros(took[len(took)/2]), "p50-us")
			b.ReportMetric(micros(p99), "p99-us")
			b.ReportMetric(micros(worst), "worst-us")
			b.ReportMetric(float64(worst)/float64(p99), "worst/p99")
		}
	})
}

// BenchmarkTwoCores tells how many times more messages two workers check than
// one.
func BenchmarkTwoCores(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("one core only")
	}
	c := checker(b)
	all := benchCorpus(b)
	work := func() {
		for _, text := range all {
			c.Check(text)
		}
	}
	var one, two time.Duration
	for b.Loop() {
		start := time.Now()
		work()
		half := time.Now()
		var both sync.WaitGroup
		both.Go(work)
		both.Go(work)
		both.Wait()
		one, two = one+half.Sub(start), two+time.Since(half)
	}
	b.ReportMetric(2*float64(one)/float64(two), "x-one")
	b.ReportMetric(float64(len(all)*b.N)/one.Seconds(), "one/s")
	b.ReportMetric(float64(2*len(all)*b.N)/two.Seconds(), "two/s")
}

// heapOf is how many bytes stay in use by what make gives.
func heapOf[T any](make func() T) (T, float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	out := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return out, float64(after.HeapAlloc) - float64(before.HeapAlloc)
}

// BenchmarkPhrases is the phrase stage (terms, phrases, bags) with 1,000, 10,000
// and 100,000 phrases of two to four invented words, on texts that hold some of
// them, and what the phrases cost in memory.
func BenchmarkPhrases(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		r := rand.New(rand.NewPCG(3, 4))
		word := func() string {
			var w strings.Builder
			for range 2 + r.IntN(3) {
				w.WriteByte("bcdfghjklmnprstvwz"[r.IntN(18)])
				w.WriteByte("aeiou"[r.IntN(5)])
			}
			return w.String()
		}
		phrases := make([]string, n)
		for i := range phrases {
			words := make([]string, 2+r.IntN(3))
			for k := range words {
				words[k] = word()
			}
			phrases[i] = strings.Join(words, []string{" ", " … ", " … ", " ~ "}[r.IntN(4)])
			if strings.Contains(phrases[i], "~") {
				phrases[i] = words[0] + " ~ " + words[1]
			}
		}
		book, bytes := heapOf(func() *phrasebook {
			c := newCompiler(0)
			c.book.owners = []owner{{kind: ownSign}}
			for _, p := range phrases {
				require.NoError(b, c.add(0, p, nil))
			}
			return c.finish()
		})
		var text strings.Builder
		for i := 0; text.Len() < 515; i++ { // a message of common length
			if r.IntN(5) == 0 {
				text.WriteString(strings.NewReplacer(" … ", " ", " ~ ", " ").Replace(phrases[r.IntN(n)]))
			} else {
				text.WriteString(word())
			}
			text.WriteString([]string{" ", " ", " ", " ", ". "}[r.IntN(5)])
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := book.newPool().Get().(*scratch)
			s.fold(text.String())
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				book.scan(s)
				book.run(s)
			}
			require.NotEmpty(b, s.matches)
			b.ReportMetric(bytes/1e6, "MB")
		})
	}
}

// BenchmarkBook is the phrases of all languages: how many patterns they make and
// what those cost in memory, also for ten thousand.
func BenchmarkBook(b *testing.B) {
	c := checker(b)
	for b.Loop() {
		book, bytes := heapOf(func() *phrasebook {
			comp := newCompiler(0)
			for i, lang := range c.langs {
				require.NoError(b, comp.compile(int32(i), c.words[lang], c.index))
			}
			return comp.finish()
		})
		b.ReportMetric(float64(len(book.patterns)), "patterns")
		b.ReportMetric(bytes/1e6, "MB")
		b.ReportMetric(bytes/1e6/float64(len(book.patterns))*1e4, "MB/10k")
	}
}

// BenchmarkReported is a check of a message with two addresses while 5,000,
// 50,000 and 500,000 reported domains are in force.
func BenchmarkReported(b *testing.B) {
	c := checker(b)
	for _, n := range []int{5000, 50_000, 500_000} {
		l, err := NewListing(Files())
		require.NoError(b, err)
		for i := range n {
			l.Add(Domain, fmt.Sprintf("reported-%d-host.com", i))
		}
		x, err := OpenIndicators(l.File())
		require.NoError(b, err)
		c.List(x)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				c.Check("register at reported-7-host.com or ask on www.unreported-host.net before friday")
			}
		})
	}
	c.List(nil)
}

// BenchmarkLoad is reading facts and languages: what a start costs.
func BenchmarkLoad(b *testing.B) {
	fsys := languageFiles()
	b.ReportAllocs()
	for b.Loop() {
		_, bytes := heapOf(func() *Checker {
			c, err := Load(Files(), fsys)
			require.NoError(b, err)
			return c
		})
		b.ReportMetric(bytes/1e6, "MB-kept")
	}
}
