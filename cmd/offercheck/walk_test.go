package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// sixLanguages are those the bot must speak.
var sixLanguages = []string{"en", "zh", "id", "vi", "th", "my"}

func TestSixLanguagesAreSpoken(t *testing.T) {
	words, err := locales.Load()
	require.NoError(t, err)
	for _, lang := range sixLanguages {
		t.Run(lang, func(t *testing.T) {
			require.Equal(t, lang, words.Match(lang), "locales/%s/messages.%s.toml is missing", lang, lang)
			_, err := fs.Stat(locales.Files(), lang+"/signs."+lang+".toml")
			require.NoError(t, err)
		})
	}
}

// town is a bot with everything behind it, and many people around it.
type town struct {
	t     *testing.T
	s     *telegramtest.Server
	d     *db.DB
	keys  *vault.Vault
	house *house
	tongues
	bot *bot.Bot

	mu      sync.Mutex
	handled map[string]int    // what was handled, how often
	starts  map[string]string // the start card of each language
}

// Handle notes what was handled; the bot does it.
func (w *town) Handle(ctx context.Context, u bot.Update) (bot.Reply, error) {
	r, err := w.bot.Handle(ctx, u)
	if err == nil {
		w.mu.Lock()
		switch {
		case u.Tap != "":
			w.handled[u.Tap]++
		case u.In.Edited:
			w.handled[fmt.Sprint("edit ", u.Chat, " ", u.In.Message, " ", u.In.Text)]++
		default:
			w.handled[fmt.Sprint(u.Chat, " ", u.In.Message)]++
		}
		w.mu.Unlock()
	}
	return r, err
}

func (w *town) has(what string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.handled[what] > 0
}

// empty says whether nothing waits to be sent to a chat.
func (w *town) empty(chat int64) bool {
	n := 0
	err := w.d.Tx(context.Background(), func(tx *db.Tx) error {
		return tx.Get(context.Background(), &n, `SELECT count(*) FROM outbox WHERE lane = ?`, w.keys.Chat(chat))
	})
	return err == nil && n == 0
}

// chaos is what befalls calls: each fault now and then, but never so often that
// a tap's few seconds run out. It is asked under the server's lock.
func chaos(rnd *rand.Rand) func(telegramtest.Call) telegramtest.Fault {
	taps := map[string]int{}
	return func(c telegramtest.Call) telegramtest.Fault {
		n := rnd.IntN(100)
		switch {
		case c.Method == "answerCallbackQuery":
			id := c.Params["callback_query_id"]
			if taps[id]++; taps[id] > 2 {
				return telegramtest.OK()
			}
			return pick(n, telegramtest.BadGateway(), telegramtest.ServerError(), telegramtest.DropBefore(), telegramtest.DropBefore())
		case c.Method == "answerInlineQuery":
			return telegramtest.OK() // it is not given again: the person types on
		case c.Chat != 0:
			return pick(n, telegramtest.BadGateway(), telegramtest.ServerError(), telegramtest.DropBefore(), telegramtest.DropAfter(), telegramtest.TooMany(1))
		}
		return pick(n, telegramtest.BadGateway(), telegramtest.DropBefore(), telegramtest.DropAfter())
	}
}

func pick(n int, faults ...telegramtest.Fault) telegramtest.Fault {
	if n < 2*len(faults) {
		return faults[n/2]
	}
	return telegramtest.OK()
}

func newTown(t *testing.T, seed uint64) *town {
	w := &town{t: t, s: telegramtest.New(t), handled: map[string]int{}, starts: map[string]string{}}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	w.d, err = db.Open(ctx, filepath.Join(t.TempDir(), "bot.db"))
	require.NoError(t, err)
	require.NoError(t, w.d.Migrate(ctx))
	w.keys, err = vault.Open(t.TempDir(), w.d.Now())
	require.NoError(t, err)
	w.house, err = furnish("")
	require.NoError(t, err)
	w.tongues = readTongues(t, w.house.words)
	w.bot, err = bot.New(ctx, w.d, w.keys, w.house.book, w.house.words)
	require.NoError(t, err)
	client, err := telegram.New(w.s.Token, w.s.URL, nil)
	require.NoError(t, err)
	courier := w.bot.Courier(map[string]outbox.Carrier{bot.Kind: client}, outbox.NewPace())
	w.s.Chaos(chaos(rand.New(rand.NewPCG(seed, 1))))
	again := rand.New(rand.NewPCG(seed, 2))
	w.s.Repeat(func(int64) int { return max(0, again.IntN(10)-7) })
	var rooms sync.WaitGroup
	rooms.Go(func() { _ = courier.Run(ctx) })
	rooms.Go(func() { _ = client.Poll(ctx, w) })
	t.Cleanup(func() {
		stop()
		rooms.Wait()
		_ = w.d.Close()
	})
	return w
}

// walker is somebody who does anything, and looks whether it is answered.
type walker struct {
	w    *town
	p    *telegramtest.Person
	rnd  *rand.Rand
	lang string // the bot's language for them
	sent []int  // their messages that can be edited
	seen map[int]string
	did  []string
}

// fail ends the walk with everything needed to see why.
func (k *walker) fail(format string, args ...any) bool {
	k.w.t.Errorf("%s\n%s did: %s\n%s", fmt.Sprintf(format, args...), k.p.Name, strings.Join(k.did, "; "), telegramtest.Transcript(k.p.Screen()))
	return false
}

// look reads what is new on the screen and answers whether anything is.
func (k *walker) look() (fresh, fine bool) {
	fine = true
	var list []telegramtest.Message
	for _, m := range k.p.FromBot() {
		rows, _ := json.Marshal(m.Rows)
		if is := m.HTML + string(rows); k.seen[m.ID] != is {
			k.seen[m.ID], fresh = is, true
			list = append(list, m)
		}
	}
	for _, m := range list {
		if why := k.w.foreign(k.lang, m); why != "" {
			fine = k.fail("not in %s: %s\n%s", k.lang, why, m.Text)
		}
		if strings.TrimSpace(m.Text) == strings.TrimSpace(k.w.house.words.Plain(k.lang, "start", nil)) {
			k.w.mu.Lock()
			if card := k.w.starts[k.lang]; card == "" {
				k.w.starts[k.lang] = k.seen[m.ID]
			} else if card != k.seen[m.ID] {
				fine = k.fail("two start cards in %s:\n%s\n%s", k.lang, card, k.seen[m.ID])
			}
			k.w.mu.Unlock()
		}
	}
	return fresh, fine
}

// settle waits until what was done is handled and everything said has arrived.
func (k *walker) settle(what ...string) bool {
	ok := k.w.s.Wait(patience, func() bool {
		return !slices.ContainsFunc(what, func(x string) bool { return !k.w.has(x) }) && k.w.empty(k.p.Chat)
	})
	if !ok {
		return k.fail("never settled: %v", what)
	}
	return true
}

func (k *walker) key(id int) string { return fmt.Sprint(k.p.Chat, " ", id) }

// hears is for what must be answered: something new is on the screen.
func (k *walker) hears(ids ...int) bool {
	var what []string
	for _, id := range ids {
		what = append(what, k.key(id))
	}
	if !k.settle(what...) {
		return false
	}
	fresh, fine := k.look()
	if !fresh {
		return k.fail("silence")
	}
	return fine
}

func (k *walker) some(list ...string) string { return list[k.rnd.IntN(len(list))] }

// text is a text of any sort.
func (k *walker) text() string {
	return k.some(lure, "hello", "ok", "…", "👍🏽", "谢谢", "ขอบคุณ", "cảm ơn",
		"招聘客服，月薪三万，包机票，护照由公司保管，柬埔寨西港", "รับสมัครแอดมินตอบแชท ปอยเปต ยึดพาสปอร์ต ค่าตอบแทนสูง",
		"việc nhẹ lương cao, đặt cọc giữ vị trí", "lowongan kerja di Kamboja, paspor dipegang perusahaan, gaji 20 juta",
		"ကမ္ဘောဒီးယား အလုပ်၊ လေယာဉ်လက်မှတ် အခမဲ့", "deposit 500 USDT to TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE to unlock",
		"my uncle guarantees 30% profit a day https://gold-x.top/?a=1&b=2", "<b>bold</b> & <script>alert(1)</script>",
		"\u202eHR keeps the passport\u202c", "a\x00b\x07c", oddTexts["long.txt"], strings.Repeat("字", 4096), strings.Repeat("<&>", 1365),
		"Police warn: never pay a deposit for a job", "3", "https://t.me/+abcdef wa.me/66812345678")
}

func (k *walker) button() (telegramtest.Message, string, bool) {
	type place struct {
		m    telegramtest.Message
		data string
	}
	var all []place
	for _, m := range k.p.FromBot() {
		for _, b := range m.Buttons() {
			if b.Data != "" {
				all = append(all, place{m, b.Data})
			}
		}
	}
	if len(all) == 0 {
		return telegramtest.Message{}, "", false
	}
	at := all[k.rnd.IntN(len(all))]
	if k.rnd.IntN(2) == 0 { // the newest card as often as all older ones
		at = all[len(all)-1-k.rnd.IntN(min(4, len(all)))]
	}
	return at.m, at.data, true
}

// tap presses a button, perhaps twice, and sees that each press is answered
// once.
func (k *walker) tap(message int, data string, times int) bool {
	_, step, _ := strings.Cut(data, ".")
	if code, ok := strings.CutPrefix(step, "lang."); ok && slices.Contains(k.w.codes(), code) {
		k.lang = code
	}
	var taps []*telegramtest.Tap
	var what []string
	for range times {
		t := k.p.Press(message, data)
		taps, what = append(taps, t), append(what, t.ID)
	}
	if !k.settle(what...) {
		return false
	}
	fresh, fine := k.look()
	for _, t := range taps {
		if !t.Await(patience) || t.Answers() != 1 {
			return k.fail("%s was answered %d times", data, t.Answers())
		}
		if t.Pop() != "" {
			fresh = true
			if why := k.w.alien(k.lang, t.Pop()); why != "" {
				fine = k.fail("not in %s: %s", k.lang, why)
			}
		}
	}
	if !fresh && !strings.HasPrefix(step, "lines.page_") { // a page may be there already
		return k.fail("a tap on %s shows nothing", data)
	}
	if strings.HasSuffix(step, "delete.yes") && strings.TrimSpace(k.p.Last().Text) == strings.TrimSpace(k.w.house.words.Plain(k.lang, "deleted", nil)) {
		k.lang = k.w.house.words.Match(k.p.Lang) // everything is forgotten, this too
	}
	return fine
}

func (k *walker) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	k.did = append(k.did, s)
}

// step does one thing and answers whether all was well.
func (k *walker) step() bool {
	p, rnd := k.p, k.rnd
	user := map[string]any{"id": 5, "is_bot": false, "first_name": "Somebody"}
	switch rnd.IntN(22) {
	case 0, 1, 2:
		text := k.text()
		k.note("write %q", text)
		id := p.Send(text)
		k.sent = append(k.sent, id)
		return k.hears(id)
	case 3:
		k.note("forward")
		return k.hears(p.Forward("HR Lily", k.text()))
	case 4:
		k.note("several at once")
		var ids []int
		for range 2 + rnd.IntN(3) {
			ids = append(ids, p.Send(k.text()))
		}
		k.sent = append(k.sent, ids...)
		return k.hears(ids...)
	case 5:
		k.note("album")
		return k.hears(p.Album(k.some("", lure), []byte("one"), []byte("two"), []byte("three"))...)
	case 6:
		k.note("sticker")
		return k.hears(p.Sticker())
	case 7:
		k.note("files")
		return k.hears(p.Voice([]byte("ogg")), p.Document("offer.pdf", "application/pdf", []byte{0, 1, 2}, 30<<20, k.some("", "HR keeps the passport")), p.Photo([]byte("jpg"), ""))
	case 8:
		what := map[string]any{
			"contact":  map[string]any{"phone_number": "+66812345678", "first_name": "Lily <b>", "user_id": 9},
			"location": map[string]any{"latitude": 11.5, "longitude": 104.9},
			"dice":     map[string]any{"emoji": "🎲", "value": 3},
			"story":    map[string]any{"id": 1, "chat": map[string]any{"id": 77, "type": "private", "first_name": "x"}},
			"poll": map[string]any{"id": "1", "question": "Work in Cambodia, HR keeps the passport?", "options": []any{map[string]any{"text": "tourist visa", "voter_count": 0}},
				"total_voter_count": 0, "is_closed": false, "is_anonymous": true, "type": "regular", "allows_multiple_answers": false},
			"venue": map[string]any{"location": map[string]any{"latitude": 11.5, "longitude": 104.9}, "title": "KK Park", "address": "Myawaddy"},
		}
		kind := k.some("contact", "location", "dice", "story", "poll", "venue")
		k.note("%s", kind)
		return k.hears(p.Post(map[string]any{kind: what[kind]}))
	case 9:
		k.note("quote and reply")
		return k.hears(p.Post(map[string]any{"text": "is this real?", "quote": map[string]any{"text": lure, "position": 0},
			"external_reply": map[string]any{"origin": map[string]any{"type": "user", "sender_user": user, "date": 1}}}))
	case 10:
		k.note("hidden link and buttons")
		return k.hears(p.Post(map[string]any{"text": "here", "entities": []map[string]any{{"type": "text_link", "offset": 0, "length": 4, "url": "https://gold-x.top/a"}},
			"reply_markup":   map[string]any{"inline_keyboard": [][]any{{map[string]any{"text": "Deposit 500 USDT", "url": "https://gold-x.top/pay"}}}},
			"forward_origin": map[string]any{"type": "channel", "date": 1, "message_id": 4, "chat": map[string]any{"id": -1005, "type": "channel", "title": "Jobs"}}}))
	case 11, 12:
		command := k.some("/start", "/help", "/check", "/language", "/privacy", "/report", "/delete", "/cancel", "/HELP", "/nosuch", "/check@"+k.w.s.Username,
			"/start ref_../../etc/passwd", "/start "+strings.Repeat("A", 64), "/start <b>\u202e", "/check "+lure, "/help me please", "/")
		k.note("%s", command)
		return k.hears(p.Send(command))
	case 13:
		k.note("/exit")
		id := p.Send("/exit")
		k.sent = nil
		if !k.hears(id) {
			return false
		}
		for _, m := range p.FromBot() {
			if strings.TrimSpace(m.Text) != strings.TrimSpace(k.w.house.words.Plain(k.lang, "start", nil)) && m.ID > id {
				return k.fail("more than the start card after /exit")
			}
		}
		return true
	case 14:
		code := k.some(k.w.codes()...)
		k.note("/language %s", code)
		k.lang = code
		return k.hears(p.Send("/language " + code))
	case 15:
		if len(k.sent) == 0 {
			return true
		}
		id := k.sent[rnd.IntN(len(k.sent))]
		text := fmt.Sprintf("%s (%d)", k.some("HR keeps the passport", "tourist visa is fine", "hello there"), rnd.IntN(1_000_000))
		k.note("edit")
		p.Edit(id, text)
		if !k.settle(fmt.Sprint("edit ", p.Chat, " ", id, " ", text)) {
			return false
		}
		fresh, fine := k.look()
		if !fresh {
			return k.fail("silence after an edit")
		}
		return fine
	case 16:
		k.note("block, unblock, write")
		p.Block()
		p.Unblock()
		return k.hears(p.Send("HR keeps the passport"))
	case 17:
		k.note("a button of nowhere")
		return k.tap(1+rnd.IntN(9), // before the first message there is
			k.some("zzzz.res.show", "0000.nosuch.x", "....", "x", strings.Repeat("a", 64), "0000.lang.xx", "0000.lines.page_999", "0000.lines.xx", "abcd.delete.yes"), 1)
	case 18:
		m, data, ok := k.button()
		if !ok {
			return true
		}
		p.Remove(m.ID)
		k.note("tap %s under a deleted message", data)
		return k.tap(m.ID, data, 1)
	}
	m, data, ok := k.button()
	if !ok {
		return true
	}
	times := 1 + rnd.IntN(4)/3
	k.note("tap %s ×%d", data, times)
	return k.tap(m.ID, data, times)
}

// tour does everything once that can be said by a command.
func (k *walker) tour() bool {
	k.note("all commands")
	var ids []int
	for _, c := range []string{"/help", "/check", "/language", "/privacy", "/report", "/delete", "/cancel", "/nosuch"} {
		ids = append(ids, k.p.Send(c))
	}
	return k.hears(ids...)
}

// inline asks in another chat.
func (k *walker) inline() bool {
	q := k.p.Ask(k.text())
	results, ok := q.Await(patience)
	if !ok || len(results) == 0 {
		return k.fail("an inline query without an answer")
	}
	home := k.w.house.words.Match(k.p.Lang)
	for _, r := range results {
		if why := k.w.alien(home, locales.Strip(r.Text)); why != "" {
			return k.fail("not in %s: %s\n%s", home, why, r.Text)
		}
	}
	return true
}

// group talks in a group and calls the bot now and then.
func (k *walker) group(g *telegramtest.Group) bool {
	in := k.p.In(g)
	before := func() (n int) {
		for _, m := range g.Screen() {
			if m.Bot {
				n++
			}
		}
		return n
	}
	offer := in.Send(lure)
	for i, call := range []func() int{
		func() int { return in.Send("/check@" + k.w.s.Username + " " + lure) },
		func() int { return in.Answer(offer, "/check") },
		func() int { return in.Send("@" + k.w.s.Username + " HR keeps the passport") },
		func() int { return in.Send("/help@" + k.w.s.Username) },
		func() int { return in.Send("/check") },
	} {
		n := before()
		in.Send("between us")
		id := call()
		inGroup := &walker{w: k.w, p: in, rnd: k.rnd, lang: k.lang, seen: map[int]string{}, did: k.did}
		if !inGroup.settle(fmt.Sprint(g.ID, " ", id)) {
			return false
		}
		if before() == n {
			return inGroup.fail("silence in a group, call %d", i)
		}
		if _, fine := inGroup.look(); !fine {
			return false
		}
	}
	return true
}

// walk lets people of every language do anything for some steps.
func walk(t *testing.T, seed uint64, each, steps int) {
	t.Logf("seed %d", seed)
	w := newTown(t, seed)
	var all sync.WaitGroup
	count := 0
	for i, lang := range w.codes() {
		for j := range each {
			code := map[string]string{"zh": "zh-hans", "en": "en-GB"}[lang]
			if code == "" {
				code = lang
			}
			p := w.s.Person(code)
			p.Name = "Planted <b>Name</b>"
			k := &walker{w: w, p: p, rnd: rand.New(rand.NewPCG(seed, uint64(100*i+j+10))), lang: lang, seen: map[int]string{}}
			g := w.s.Group("Jobs "+lang, p)
			count++
			all.Go(func() {
				k.note("/start")
				if !k.hears(p.Send("/start")) {
					return
				}
				if j == 0 && !k.tour() {
					return
				}
				for n := range steps {
					if !k.step() {
						return
					}
					if n%10 == 4 && !k.inline() {
						return
					}
				}
				if j == 0 {
					home := *k
					home.lang = lang
					home.group(g)
				}
			})
		}
	}
	all.Wait()
	require.Empty(t, w.s.Bugs(), "seed %d", seed)
	for _, r := range w.s.Refused() {
		require.NotContains(t, r.Description, "before retry_after", "seed %d", seed)
	}
	require.Empty(t, w.s.Unanswered(), "seed %d", seed)
	require.Empty(t, w.s.Twice(), "seed %d", seed)
	dead := 0
	require.NoError(t, w.d.Tx(context.Background(), func(tx *db.Tx) error {
		return tx.Get(context.Background(), &dead, `SELECT count(*) FROM dead_letters`)
	}))
	require.Zero(t, dead, "seed %d", seed)
	require.Empty(t, w.house.words.Missing(), "seed %d", seed)
	faults := 0
	for _, c := range w.s.Calls("") {
		if c.Code != 200 {
			faults++
		}
	}
	t.Logf("%d people in %v, %d steps each: %d calls of which %d failed, %d taps", count, w.codes(), steps, len(w.s.Calls("")), faults, len(w.s.Taps()))
}

func TestWalkersInEveryLanguage(t *testing.T) {
	t.Parallel()
	walk(t, 1, 3, 12)
}

// A number is told once, with what else answers there.
func TestANumberIsToldOnce(t *testing.T) {
	l := publicLine(&hotlines.Line{Name: "A line", Numbers: []hotlines.Number{
		{Way: "call", Show: "+62 812 1"}, {Way: "whatsapp", Show: "+62 812 1"}, {Way: "whatsapp", Show: "+62 812 2"}, {Way: "sms", Show: "111"}, {Way: "call", Show: "+62 812 1 / WhatsApp"},
	}}, "2026-11-21")
	require.Equal(t, []string{"+62 812 1 / WhatsApp", "WhatsApp +62 812 2", "SMS 111"}, l.Numbers)
}

// tongues know what each language says, to tell when another one is heard.
type tongues struct {
	words    *locales.Words
	segments map[string][]string        // what only this language says
	labels   map[string]map[string]bool // what may stand on a button
	names    []string                   // what is said in its own spelling
}

var (
	slot   = regexp.MustCompile(`\{\{[^}]*\}\}|\n`)
	told   = regexp.MustCompile(`(?s)<code>.*?</code>|“[^”]*”|「[^」]*」|«[^»]*»|"[^"]*"`)
	latin  = regexp.MustCompile(`[A-Za-z]{2,}( [A-Za-z]{2,}){3,}`)
	script = map[string]*unicode.RangeTable{"zh": unicode.Han, "th": unicode.Thai, "my": unicode.Myanmar}
)

func readTongues(t testing.TB, words *locales.Words) tongues {
	g := tongues{words: words, segments: map[string][]string{}, labels: map[string]map[string]bool{}}
	said := map[string]map[string]bool{}
	for _, l := range words.Languages() {
		said[l.Code], g.labels[l.Code] = map[string]bool{}, map[string]bool{}
		var messages map[string]any
		_, err := toml.DecodeFS(locales.Files(), l.Code+"/messages."+l.Code+".toml", &messages)
		require.NoError(t, err)
		add := func(text string) {
			for _, part := range slot.Split(locales.Strip(text), -1) {
				if part = strings.TrimSpace(part); len([]rune(part)) >= 14 && (strings.Count(part, " ") >= 2 || script[l.Code] != nil) {
					said[l.Code][part] = true
				}
			}
		}
		for key, m := range messages {
			forms, ok := m.(map[string]any)
			if !ok || key == "language_name" {
				continue
			}
			for _, text := range forms {
				add(fmt.Sprint(text))
			}
			label := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
			if slices.ContainsFunc([]string{"btn_", "q_", "country_", "lines_", "crisis_", "lf_", "tf_", "ff_", "pk_", "dg_"}, label) {
				g.labels[l.Code][words.Plain(l.Code, key, nil)] = true
			}
		}
		var signs struct {
			Signs map[string]struct{ Name, Why string }
		}
		_, err = toml.DecodeFS(locales.Files(), l.Code+"/signs."+l.Code+".toml", &signs)
		require.NoError(t, err)
		for _, s := range signs.Signs {
			add(s.Name)
			add(s.Why)
		}
	}
	for code, own := range said {
		for s := range own {
			only := true // an English text in another language's file is English still
			for other, theirs := range said {
				only = only && (other == code || code == locales.Source || !theirs[s])
			}
			if only {
				g.segments[code] = append(g.segments[code], s)
			}
		}
	}
	d, err := hotlines.Load()
	require.NoError(t, err)
	for _, l := range publicLines(d) {
		g.names = append(g.names, l.Name, l.Hours, l.Cost, l.Caution, l.Publisher)
	}
	return g
}

// codes are the languages that can be chosen.
func (g tongues) codes() (out []string) {
	for _, l := range g.words.Languages() {
		out = append(out, l.Code)
	}
	return out
}

// foreign says what in a message is not in a language, "" when nothing is.
func (g tongues) foreign(lang string, m telegramtest.Message) string {
	if why := g.alien(lang, locales.Strip(told.ReplaceAllString(m.HTML, ""))); why != "" {
		return why
	}
	for _, b := range m.Buttons() {
		_, data, _ := strings.Cut(b.Data, ".")
		switch {
		case strings.HasPrefix(data, "lang."), g.labels[lang][b.Text]:
		case strings.HasPrefix(data, "lines.") && !strings.Contains(data, "_") && b.Text == g.words.Plain(lang, "country_"+strings.ToUpper(strings.TrimPrefix(data, "lines.")), nil):
		default:
			return "the button " + b.Text
		}
	}
	return ""
}

// alien is foreign for a plain text. Names and the directory's own spelling may
// stand in any script.
func (g tongues) alien(lang, text string) string {
	text = told.ReplaceAllString(text, "")
	for _, n := range g.names {
		if n != "" {
			text = strings.ReplaceAll(text, n, "")
		}
	}
	for code, list := range g.segments {
		if code == lang {
			continue
		}
		for _, s := range list {
			if strings.Contains(text, s) {
				return "“" + s + "” is " + code
			}
		}
	}
	table := script[lang]
	if table == nil {
		return ""
	}
	own := func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(table, r) }) }
	if strings.ContainsFunc(text, unicode.IsLetter) && !own(text) {
		return "nothing in its script"
	}
	for line := range strings.Lines(text) {
		if s := latin.FindString(line); s != "" && !own(line) {
			return "“" + s + "”"
		}
	}
	return ""
}
