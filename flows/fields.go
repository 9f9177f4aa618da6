package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/offercheck/offercheck/flows/check"
)

// What is wrong with something that was typed: each is a message.
const (
	wrongDate     Key = "ff_date"       // no date is found in it
	wrongDay      Key = "ff_date_none"  // there is no such day
	wrongFuture   Key = "ff_date_late"  // it has not come yet
	wrongPast     Key = "ff_date_past"  // it is over
	wrongWords    Key = "ff_amount"     // an amount without a digit
	wrongMoney    Key = "ff_currency"   // a currency nobody here knows
	wrongNoMoney  Key = "ff_no_money"   // no currency at all
	wrongWallet   Key = "ff_wallet"     // a letter is wrong
	wrongNoWallet Key = "ff_no_wallet"  // no address at all
	wrongHash     Key = "ff_hash"       // no transaction code
	wrongAccount  Key = "ff_account"    // an IBAN whose digits do not agree, or no account
	wrongPhone    Key = "ff_phone"      // no phone number
	wrongEmail    Key = "ff_email"      // no e-mail address
	wrongSite     Key = "ff_site"       // no web address
	wrongLong     Key = "ff_long"       // more than is taken
	wrongCode     Key = "ff_secret"     // words or digits that open somebody's money
	wrongVoice    Key = "ff_voice"      // a voice note, a film
	wrongPicture  Key = "ff_picture"    // a picture where words are asked
	wrongPlace    Key = "ff_place"      // a place on the map
	wrongTap      Key = "ff_tap"        // words where a button is asked
	wrongLarge    Key = "ff_large"      // a file of more than 20 MB
	wrongMany     Key = "ff_many_files" // more files than a case holds
)

const (
	longestLine  = 300  // of an answer that is a name or a number
	longestStory = 3500 // of the story
)

// heard is what was understood of something typed.
type heard struct {
	value  string
	values []Value // what other reports may name too
	wrong  Key
}

// reader understands one kind of answer. What it refuses can still be kept as it
// was written.
type reader func(x *reading, text string) heard

// reading is what a reader knows beside the words.
type reading struct {
	b       *Book
	lang    string
	country string // of the person
	now     time.Time
}

// plainly takes a line as it is.
func plainly(_ *reading, text string) heard {
	if utf8.RuneCountInString(text) > longestLine {
		return heard{wrong: wrongLong}
	}
	return heard{value: text}
}

func story(_ *reading, text string) heard {
	switch {
	case utf8.RuneCountInString(text) > longestStory:
		return heard{wrong: wrongLong}
	case secret(text):
		return heard{wrong: wrongCode}
	}
	return heard{value: text}
}

// named takes a line as something other reports may name too.
func named(kind string) reader {
	return func(x *reading, text string) heard {
		h := plainly(x, text)
		if h.wrong == "" {
			h.values = []Value{{kind, strings.ToLower(strings.Join(strings.Fields(text), " "))}}
		}
		return h
	}
}

var seedWord = regexp.MustCompile(`^[a-z]{3,8}$`)

// secret says whether a text is the twelve or more words that open a wallet:
// nobody may have them, not even here.
func secret(text string) bool {
	all := strings.Fields(strings.ToLower(text))
	if n := len(all); n != 12 && n != 15 && n != 18 && n != 21 && n != 24 {
		return false
	}
	little := []string{"the", "and", "was", "you", "for", "they", "that", "with", "her", "him", "she", "have", "had", "but", "not", "are"}
	return !slices.ContainsFunc(all, func(w string) bool { return !seedWord.MatchString(w) || slices.Contains(little, w) })
}

func wallet(_ *reading, text string) heard {
	text = strings.TrimSpace(text)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()<>\"", r) }) {
		chain, valid := check.ReadWallet(word)
		switch {
		case valid:
			return heard{value: word, values: []Value{{"wallet", word}}}
		case chain != "":
			return heard{wrong: wrongWallet}
		case len(word) >= 25 && len(word) <= 64 && strings.Trim(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
			return heard{wrong: wrongWallet} // a letter is missing
		}
	}
	return heard{wrong: wrongNoWallet}
}

// ownWallet is an address of the person's own: nothing to link cases by.
func ownWallet(x *reading, text string) heard {
	h := wallet(x, text)
	h.values = nil
	return h
}

func hash(_ *reading, text string) heard {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:/#?=", r) }) {
		if v, ok := check.ReadTransaction(word); ok {
			return heard{value: v, values: []Value{{"tx", v}}}
		}
	}
	return heard{wrong: wrongHash}
}

func account(_ *reading, text string) heard {
	v, iban, ok := check.ReadAccount(text)
	switch {
	case ok && iban:
		return heard{value: v, values: []Value{{"iban", v}}}
	case ok:
		return heard{value: v, values: []Value{{"account", v}}}
	}
	return heard{wrong: wrongAccount}
}

func phone(x *reading, text string) heard {
	if v, ok := check.ReadPhone(text, x.country); ok {
		return heard{value: v, values: []Value{{"phone", v}}}
	}
	return heard{wrong: wrongPhone}
}

var mail = regexp.MustCompile(`[^\s@<>,;:"'()]{1,64}@[^\s@<>,;:"'()]+\.[\pL\pN-]{2,}`)

func email(_ *reading, text string) heard {
	if v := strings.ToLower(mail.FindString(text)); v != "" && len(v) <= longestLine {
		return heard{value: v, values: []Value{{"email", v}}}
	}
	return heard{wrong: wrongEmail}
}

// site takes a web address: one that the checker reads as such.
func site(x *reading, text string) heard {
	h := plainly(x, text)
	if h.wrong != "" {
		return h
	}
	for _, e := range x.b.judge(check.Case{Texts: []string{text}}).Entities {
		if (e.Type == "url" || e.Type == "domain") && !slices.Contains(h.values, Value{e.Type, e.Value}) {
			h.values = append(h.values, Value{e.Type, e.Value})
		}
	}
	if len(h.values) == 0 {
		return heard{wrong: wrongSite}
	}
	return h
}

// offer takes the words of an offer, with what they name.
func offer(x *reading, text string) heard {
	if utf8.RuneCountInString(text) > longestOpening {
		text = cut(text, longestOpening)
	}
	return heard{value: text, values: (&talk{b: x.b}).valuesIn(text)}
}

// handle takes a name in a messenger or a link.
func handle(x *reading, text string) heard {
	h := plainly(x, text)
	if h.wrong == "" {
		h.values = []Value{{"handle", strings.ToLower(strings.TrimPrefix(text, "@"))}}
		if found := (&talk{b: x.b}).valuesIn(text); len(found) > 0 {
			h.values = found
		}
	}
	return h
}

// isMoney is an amount as it is kept: a number and the short name of a currency.
var isMoney = regexp.MustCompile(`^\d+(\.\d+)? [A-Z]{3,5}$`)

// amount reads an amount with its currency, as the checker reads money.
func amount(x *reading, text string) heard {
	text = strings.ToLower(digits(strings.TrimSpace(text)))
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		for _, try := range []string{text} { // 两万元
			if v := x.money(try); v != "" {
				return heard{value: v}
			}
		}
		return heard{wrong: wrongWords}
	}
	if v := x.money(text); v != "" {
		return heard{value: v}
	}
	switch bare := strings.TrimSpace(text); {
	case strings.HasSuffix(bare, "u"): // 300u
		if v := x.money(strings.TrimSpace(strings.TrimSuffix(bare, "u")) + " usdt"); v != "" {
			return heard{value: v}
		}
	case strings.HasSuffix(bare, "万") || strings.HasSuffix(bare, "萬") || strings.HasSuffix(bare, "千") || strings.HasSuffix(bare, "亿"):
		if v := x.money(bare + "元"); v != "" {
			return heard{value: v}
		}
	case strings.Trim(bare, "0123456789., '’") == "":
		return heard{wrong: wrongNoMoney}
	}
	return heard{wrong: wrongMoney}
}

// money is the first amount in a text, "" for none.
func (x *reading) money(text string) string {
	for _, e := range x.b.judge(check.Case{Texts: []string{text}}).Entities {
		if e.Type == "money" && e.Currency != "" && e.Amount > 0 {
			v := strconv.FormatFloat(e.Amount, 'f', -1, 64) + " " + e.Currency
			if isMoney.MatchString(v) {
				return v
			}
		}
	}
	return ""
}

// past reads a day, and a time of it where one is named, that has come already.
func past(x *reading, text string) heard { return x.date(text, false) }

// ahead reads a day that has not passed yet.
func ahead(x *reading, text string) heard { return x.date(text, true) }

func (x *reading) date(text string, ahead bool) heard {
	d, found, real := readDate(text, x.now, x.country == "US", ahead)
	today := time.Date(x.now.Year(), x.now.Month(), x.now.Day(), 0, 0, 0, 0, x.now.Location())
	switch {
	case !found:
		return heard{wrong: wrongDate}
	case !real:
		return heard{wrong: wrongDay}
	case !ahead && d.day.After(today), !ahead && d.timed && d.day.After(x.now):
		return heard{wrong: wrongFuture}
	case ahead && d.day.Before(today):
		return heard{wrong: wrongPast}
	case d.day.Year() < x.now.Year()-30 || d.day.Year() > x.now.Year()+5:
		return heard{wrong: wrongDay}
	case d.timed:
		return heard{value: d.day.Format(timeForm)}
	}
	return heard{value: d.day.Format(time.DateOnly)}
}

// timeForm is a day with a time as it is kept: with the clock of the place.
const timeForm = "2006-01-02T15:04-07:00"

// date is a day, timed with the hour.
type date struct {
	day   time.Time
	timed bool
}

var (
	clockTimes = []*regexp.Regexp{
		regexp.MustCompile(`(上午|下午|晚上|早上|中午|凌晨)?\s*\b(\d{1,2})点(?:(\d{1,2})分?|(半))?`),
		regexp.MustCompile(`\b(\d{1,2})[:：](\d{2})(?::\d{2})?\s*(am|pm|a\.m\.?|p\.m\.?)?`),
		regexp.MustCompile(`\b(\d{1,2})\s*(am|pm|a\.m\.?|p\.m\.?)\b`),
		regexp.MustCompile(`\b(\d{1,2})\s*(?:h|giờ)\s*(\d{2})?(?:\s|$|,)`),
		regexp.MustCompile(`\b(\d{1,2})\.(\d{2})\s*(?:น\.?|wib|wita|wit)`),
		regexp.MustCompile(`(?:pukul|jam|เวลา|at)\s*(\d{1,2})[.:](\d{2})`),
	}
	dayNumbers = regexp.MustCompile(`(\d{1,4})\s*([-/.年])\s*(\d{1,2})(?:\s*([-/.月])\s*(\d{1,4})?)?`)
	monthDay   = regexp.MustCompile(`(\d{1,2})月(\d{1,2})`)
	number     = regexp.MustCompile(`\d+`)
	vietMonth  = regexp.MustCompile(`(?:tháng|thg)\s*(\d{1,2})`)
)

// monthNames are the months as people write them, January first.
func monthNames() []string {
	return []string{
		"january|jan|januari|มกราคม|ม.ค|ဇန်နဝါရီ",
		"february|feb|februari|กุมภาพันธ์|ก.พ|ဖေဖော်ဝါရီ",
		"march|mar|maret|มีนาคม|มี.ค|မတ်",
		"april|apr|เมษายน|เม.ย|ဧပြီ",
		"may|mei|พฤษภาคม|พ.ค|မေ",
		"june|jun|juni|มิถุนายน|มิ.ย|ဇွန်",
		"july|jul|juli|กรกฎาคม|ก.ค|ဇူလိုင်",
		"august|aug|agustus|agu|สิงหาคม|ส.ค|ဩဂုတ်|သြဂုတ်",
		"september|sep|sept|กันยายน|ก.ย|စက်တင်ဘာ",
		"october|oct|oktober|okt|ตุลาคม|ต.ค|အောက်တိုဘာ",
		"november|nov|พฤศจิกายน|พ.ย|နိုဝင်ဘာ",
		"december|dec|desember|des|ธันวาคม|ธ.ค|ဒီဇင်ဘာ",
	}
}

// dayNames are days by their distance from today.
func dayNames() map[int]string {
	return map[int]string{
		0:  "today|now|hôm nay|hari ini|วันนี้|今天|今日|ယနေ့|ဒီနေ့",
		-1: "yesterday|hôm qua|kemarin|เมื่อวาน|昨天|昨日|မနေ့က|မနေ့",
		-2: "day before yesterday|hôm kia|kemarin lusa|เมื่อวานซืน|前天|တနေ့က",
		1:  "tomorrow|ngày mai|besok|พรุ่งนี้|明天|မနက်ဖြန်",
		2:  "day after tomorrow|ngày kia|lusa|มะรืน|后天|သန်ဘက်ခါ",
	}
}

// readDate finds a day in a text, with its time where one is named. found says
// that there is something like a date, real that such a day exists. A year of the
// Buddhist calendar is one of ours.
func readDate(text string, now time.Time, monthFirst, ahead bool) (d date, found, real bool) {
	text = strings.ToLower(digits(strings.TrimSpace(text)))
	hour, minute, timed, rest := clockOf(text)
	y, m, day, found := dayOf(rest, now, monthFirst, ahead)
	if !found {
		return d, timed && number.MatchString(rest), false
	}
	if timed && (hour > 23 || minute > 59) || m < 1 || m > 12 || day < 1 {
		return d, true, false
	}
	at := time.Date(y, time.Month(m), day, 0, 0, 0, 0, now.Location())
	if at.Day() != day { // 31 June
		return d, true, false
	}
	if timed {
		at = time.Date(y, time.Month(m), day, hour, minute, 0, 0, now.Location())
	}
	return date{at, timed}, true, true
}

// clockOf takes the time of day out of a text.
func clockOf(text string) (hour, minute int, ok bool, rest string) {
	for i, re := range clockTimes {
		at := re.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		part := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		late := ""
		switch i {
		case 0:
			hour, _ = strconv.Atoi(part(2))
			minute, _ = strconv.Atoi("0" + part(3))
			if part(4) != "" {
				minute = 30
			}
			if p := part(1); p == "下午" || p == "晚上" {
				late = "pm"
			}
		case 2:
			hour, _ = strconv.Atoi(part(1))
			late = part(2)
		case 1:
			late = part(3)
			fallthrough
		default:
			hour, _ = strconv.Atoi(part(1))
			minute, _ = strconv.Atoi("0" + part(2))
		}
		switch {
		case strings.HasPrefix(late, "p") && hour < 12:
			hour += 12
		case strings.HasPrefix(late, "a") && hour == 12:
			hour = 0
		}
		return hour, minute, true, text[:at[0]] + " " + text[at[1]:]
	}
	return 0, 0, false, text
}

// dayOf finds year, month and day.
func dayOf(text string, now time.Time, monthFirst, ahead bool) (y, m, d int, ok bool) {
	for _, off := range []int{-2, 2, -1, 1, 0} { // the longer names first
		for _, name := range strings.Split(dayNames()[off], "|") {
			if strings.Contains(text, name) {
				at := now.AddDate(0, 0, off)
				return at.Year(), int(at.Month()), at.Day(), true
			}
		}
	}
	if at := dayNumbers.FindStringSubmatch(text); at != nil && !(at[2] == "月") {
		a, b, c := atoi(at[1]), atoi(at[3]), atoi(at[5])
		switch {
		case len(at[1]) >= 3: // 2026-11-20
			if at[5] == "" {
				return 0, 0, 0, false
			}
			return year(a, now), b, c, true
		case at[5] == "":
			y, m, d = 0, b, a
		default:
			y, m, d = year(c, now), b, a
		}
		if m > 12 && d <= 12 || monthFirst && d <= 12 {
			m, d = d, m
		}
		if at[5] == "" {
			y = nearest(m, d, now, ahead)
		}
		return y, m, d, true
	}
	if at := monthDay.FindStringSubmatch(text); at != nil {
		m, d = atoi(at[1]), atoi(at[2])
		return nearest(m, d, now, ahead), m, d, true
	}
	if at := vietMonth.FindStringSubmatchIndex(text); at != nil {
		m = atoi(text[at[2]:at[3]])
		text = text[:at[0]] + " " + text[at[1]:]
	} else if name := ""; true {
		for i, names := range monthNames() {
			for _, n := range strings.Split(names, "|") {
				if len(n) > len(name) && holdsWord(text, n) {
					m, name = i+1, n
				}
			}
		}
		if m == 0 {
			return 0, 0, 0, false
		}
		text = strings.Replace(text, name, " ", 1)
	}
	for _, n := range number.FindAllString(text, -1) {
		switch v := atoi(n); {
		case len(n) == 4 && y == 0:
			y = year(v, now)
		case len(n) <= 2 && d == 0:
			d = v
		case len(n) <= 2 && y == 0:
			y = year(v, now)
		}
	}
	if d == 0 {
		return 0, 0, 0, false
	}
	if y == 0 {
		y = nearest(m, d, now, ahead)
	}
	return y, m, d, true
}

// holdsWord says whether a name stands in a text; a Latin one as a word.
func holdsWord(text, name string) bool {
	i := strings.Index(text, name)
	if i < 0 || name[0] >= utf8.RuneSelf {
		return i >= 0
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+len(name):])
	return !unicode.IsLetter(before) && !unicode.IsLetter(after)
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// buddhist is how far the Thai calendar is ahead.
const buddhist = 543

// year makes a full year of one as people write it: 26, 2569, 69.
func year(y int, now time.Time) int {
	switch {
	case y >= 2400 && y < 2700:
		return y - buddhist
	case y >= 100:
		return y
	case 2000+y <= now.Year()+5:
		return 2000 + y
	case 2500+y-buddhist <= now.Year()+5 && 2500+y-buddhist > now.Year()-30:
		return 2500 + y - buddhist
	}
	return 1900 + y
}

// nearest is the year of a day that was written without one.
func nearest(m, d int, now time.Time, ahead bool) int {
	at := time.Date(now.Year(), time.Month(m), d, 0, 0, 0, 0, now.Location())
	switch {
	case !ahead && at.After(now):
		return now.Year() - 1
	case ahead && at.Before(now.AddDate(0, 0, -1)):
		return now.Year() + 1
	}
	return now.Year()
}

// shown writes a kept value as a reader of a language does.
func shown(lang, v string) string {
	if at, err := time.Parse(timeForm, v); err == nil {
		return shownDay(lang, at) + " " + at.Format("15:04 (UTC-07:00)")
	}
	if at, err := time.Parse(time.DateOnly, v); err == nil {
		return shownDay(lang, at)
	}
	if n, currency, ok := strings.Cut(v, " "); ok && isMoney.MatchString(v) {
		return shownNumber(lang, n) + " " + currency
	}
	return v
}

func shownDay(lang string, at time.Time) string {
	y, m, d := at.Year(), int(at.Month()), at.Day()
	switch lang {
	case "zh":
		return fmt.Sprintf("%d年%d月%d日", y, m, d)
	case "th":
		return fmt.Sprintf("%d/%d/%d", d, m, y+buddhist)
	case "id", "vi", "my":
		return fmt.Sprintf("%d/%d/%d", d, m, y)
	}
	return at.Format("2 Jan 2006")
}

func shownNumber(lang, n string) string {
	whole, part, _ := strings.Cut(n, ".")
	mark, point := ",", "."
	if lang == "id" || lang == "vi" {
		mark, point = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + mark + whole[i:]
	}
	if part != "" {
		whole += point + part
	}
	return whole
}
