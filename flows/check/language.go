package check

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// disguiseSign is the sign of disguised letters.
const disguiseSign = "GEN-07"

// words is one language as its signs file states it.
type words struct {
	Words map[string][]string  `toml:"words"`
	Cues  map[string][]string  `toml:"cues"`
	Signs map[string]signWords `toml:"signs"`
	Ideas map[string][]string  `toml:"-"` // held.<lang>.toml
}

type signWords struct {
	Name     string   `toml:"name"`
	Why      string   `toml:"why"`
	Phrases  []string `toml:"phrases"`
	Harmless []string `toml:"harmless"`
}

// Cues tell who speaks and what is wanted; see locales/README.md.
const (
	cueCommon = iota
	cueOffer
	cueWarn
	cueProhibit
	cueNeverWe
	cueReported
	cueDisclaim
	cueFirst
	cueRelative
	cueGreeting
	cueFiction
	cueAsks
	cueDespair
	cueCaptive
	cueLost
	cueCry
	cues
)

var cueNames = [cues]string{"common", "offer", "warn", "prohibit", "never_we", "reported", "disclaim", "first", "relative", "greeting", "fiction", "asks", "despair", "captive", "lost", "cry"}

// readWords reads every signs.<lang>.toml of the folders of fsys.
func readWords(fsys fs.FS) (map[string]words, error) {
	names, err := fs.Glob(fsys, "*/signs.*.toml")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	out := map[string]words{}
	for _, name := range names {
		lang := path.Dir(name)
		if path.Base(name) != "signs."+lang+".toml" {
			return nil, fmt.Errorf("read %s: the folder says %q", name, lang)
		}
		var w words
		meta, err := toml.DecodeFS(fsys, name, &w)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			return nil, fmt.Errorf("read %s: unknown key %s", name, extra[0])
		}
		if w.Ideas, err = readIdeas(fsys, lang); err != nil {
			return nil, err
		}
		out[lang] = w
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("list languages: none found")
	}
	return out, nil
}

// compile adds one language to the phrasebook; signIndex gives a sign's place.
func (c *compiler) compile(lang int32, w words, signIndex map[string]int32) error {
	c.language()
	c.book.languages = max(c.book.languages, int(lang)+1)
	for name, list := range w.Words {
		for _, p := range list {
			if signAt(p, "<>()[]#~+") >= 0 {
				return fmt.Errorf("group %s: %q is not a plain phrase", name, p)
			}
		}
	}
	own := func(kind byte, id int32) int32 {
		c.book.owners = append(c.book.owners, owner{kind, id, lang})
		return int32(len(c.book.owners) - 1)
	}
	for name := range w.Cues {
		if cueIndex(name) < 0 {
			return fmt.Errorf("unknown cue %q", name)
		}
	}
	for i, name := range cueNames {
		kind := ownCue
		if i == cueCommon {
			kind = ownCommon
		}
		o := own(kind, int32(i))
		for _, p := range w.Cues[name] {
			if err := c.add(o, p, w.Words); err != nil {
				return fmt.Errorf("cue %s: %w", name, err)
			}
		}
	}
	ids := make([]string, 0, len(w.Signs))
	for id := range w.Signs {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		s, ok := signIndex[id]
		if !ok {
			return fmt.Errorf("unknown sign %q", id)
		}
		o := own(ownSign, s)
		if id == disguiseSign {
			continue // seen in raw characters; folding takes the disguise off
		}
		for _, p := range w.Signs[id].Phrases {
			if err := c.add(o, p, w.Words); err != nil {
				return fmt.Errorf("sign %s: %w", id, err)
			}
		}
		o = own(ownHarmless, s)
		for _, p := range w.Signs[id].Harmless {
			if err := c.add(o, p, w.Words); err != nil {
				return fmt.Errorf("sign %s, harmless: %w", id, err)
			}
		}
	}
	return c.compileIdeas(lang, w.Ideas)
}

func cueIndex(name string) int {
	for i, n := range cueNames {
		if n == name {
			return i
		}
	}
	return -1
}

// scripts that one language of the world mostly stands for.
var scripts = []struct {
	lang  string
	table *unicode.RangeTable
}{
	{"th", unicode.Thai}, {"my", unicode.Myanmar}, {"km", unicode.Khmer}, {"lo", unicode.Lao}, {"ja", unicode.Hiragana},
	{"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"zh", unicode.Han}, {"hi", unicode.Devanagari}, {"bn", unicode.Bengali},
	{"ta", unicode.Tamil}, {"te", unicode.Telugu}, {"si", unicode.Sinhala}, {"am", unicode.Ethiopic}, {"ar", unicode.Arabic},
	{"he", unicode.Hebrew}, {"el", unicode.Greek}, {"ru", unicode.Cyrillic}, {"ka", unicode.Georgian}, {"hy", unicode.Armenian},
}

// scriptLanguage guesses by script, "" where the script is Latin or none. Half
// of the letters decide; Japanese is known by its kana among Han, Vietnamese by
// letters no other language writes.
func scriptLanguage(text string) string {
	var count [32]int
	latins, viet := 0, 0
	persian, urdu := 0, 0 // letters that Arabic does not write
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				latins++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case r >= 0x1ea0 && r <= 0x1ef9:
			viet++ // letters with two marks stand in Vietnamese alone
		case r == 'đ', r == 'Đ', r == 'ơ', r == 'Ơ', r == 'ư', r == 'Ư':
			viet++
		case r == 'پ', r == 'چ', r == 'ژ', r == 'گ', r == 'ک', r == 'ی':
			persian++
		case r == 'ٹ', r == 'ڈ', r == 'ڑ', r == 'ں', r == 'ے', r == 'ہ', r == 'ھ':
			urdu++
		}
		if r < 0x250 {
			if r >= 0xc0 {
				latins++
			}
			continue
		}
		if at := glyphOf(r).alike; at > 1 {
			count[at-2]++
		}
	}
	best, lang := 0, ""
	for i := range scripts {
		// A letter of a script without spaces says as much as three Latin ones.
		n := count[i] * 3
		if scripts[i].lang == "ja" && count[i] > 0 {
			n += 3 * count[7] // kana makes the Han beside it Japanese
		}
		if n > best {
			best, lang = n, scripts[i].lang
		}
	}
	if best < latins {
		if viet >= 2 && viet*12 >= latins {
			return "vi"
		}
		return ""
	}
	if foreign := persian + urdu; lang == "ar" && foreign >= 2 && foreign*12*3 >= best {
		if urdu > 0 {
			return "ur"
		}
		return "fa"
	}
	return lang
}
