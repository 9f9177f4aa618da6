package telegram

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/offercheck/offercheck/flows"
)

// downloadLimit is the largest file the Bot API hands out.
const downloadLimit = 20 << 20

// lines collects the readable parts of a message, one a line, each once.
// Nothing is trimmed inside a part: hidden characters are evidence.
type lines struct {
	all  []string
	seen map[string]bool
}

func (l *lines) add(parts ...string) {
	for _, p := range parts {
		if strings.TrimSpace(p) == "" || l.seen[p] {
			continue
		}
		if l.seen == nil {
			l.seen = map[string]bool{}
		}
		l.seen[p] = true
		l.all = append(l.all, p)
	}
}

func (l *lines) String() string { return strings.Join(l.all, "\n") }

// body adds a text and the addresses behind its links.
func (l *lines) body(text string, entities []entity) {
	l.add(text)
	l.links(entities)
}

func (l *lines) links(entities []entity) {
	for _, e := range entities {
		if e.URL != "" {
			l.add(e.URL)
		}
		if e.User != nil {
			l.add(person(e.User))
		}
	}
}

func person(u *tgbotapi.User) string {
	if u == nil {
		return ""
	}
	return name(u.FirstName, u.LastName, u.UserName)
}

func name(parts ...string) string {
	var out []string
	for i, p := range parts {
		if p == "" {
			continue
		}
		if i == len(parts)-1 {
			p = "@" + p
		}
		out = append(out, p)
	}
	return strings.Join(out, " ")
}

func (c *chat) name() string {
	if c == nil {
		return ""
	}
	return name(c.Title, c.First, c.Last, c.Username)
}

func (l *lines) origin(o *origin) {
	if o == nil {
		return
	}
	l.add(person(o.User), o.HiddenName, o.SenderChat.name(), o.Chat.name(), o.Signature)
}

func (l *lines) contact(c *tgbotapi.Contact) {
	if c == nil {
		return
	}
	l.add(c.PhoneNumber, name(c.FirstName, c.LastName, ""), c.VCard)
}

func (l *lines) poll(p *poll) {
	if p == nil {
		return
	}
	l.body(p.Question, p.QuestionEntities)
	l.body(p.Description, p.DescriptionEntities)
	for _, o := range p.Options {
		l.body(o.Text, o.Entities)
	}
	l.body(p.Explanation, p.ExplanationEntities)
}

func (l *lines) checklist(c *checklist) {
	if c == nil {
		return
	}
	l.body(c.Title, c.TitleEntities)
	for _, t := range c.Tasks {
		l.body(t.Text, t.Entities)
	}
}

func (l *lines) game(g *game) {
	if g == nil {
		return
	}
	l.add(g.Title, g.Description)
	l.body(g.Text, g.Entities)
}

func (l *lines) venue(v *tgbotapi.Venue) {
	if v != nil {
		l.add(v.Title, v.Address)
	}
}

func (l *lines) invoice(v *tgbotapi.Invoice) {
	if v != nil {
		l.add(v.Title, v.Description)
	}
}

func (l *lines) audio(a *tgbotapi.Audio) {
	if a != nil {
		l.add(a.Title, a.Performer)
	}
}

func (l *lines) keyboard(k *inlineKeyboard) {
	if k == nil {
		return
	}
	for _, row := range k.Rows {
		for _, b := range row {
			l.add(b.Text, b.URL)
			if b.WebApp != nil {
				l.add(b.WebApp.URL)
			}
			if b.Login != nil {
				l.add(b.Login.URL, b.Login.Forward)
			}
			if b.Copy != nil {
				l.add(b.Copy.Text)
			}
			l.add(b.Switch, b.SwitchHere)
			if b.SwitchChosen != nil {
				l.add(b.SwitchChosen.Query)
			}
		}
	}
}

// content adds what the message itself says, without who sent or forwarded
// it. text, the text or caption, is given apart because a command is cut off.
func (m *message) content(l *lines, text string, entities []entity) {
	l.body(text, entities)
	if m.Preview != nil {
		l.add(m.Preview.URL)
	}
	l.keyboard(m.Keyboard)
	l.contact(m.Contact)
	l.poll(m.Poll)
	l.checklist(m.Checklist)
	l.game(m.Game)
	l.venue(m.Venue)
	l.invoice(m.Invoice)
	l.audio(m.Audio)
	for _, f := range m.strangers() {
		l.add(walk(m.rest[f], 0)...)
	}
}

// around adds where the message came from: forward origin, the bot it was
// sent through, the channel it was sent as.
func (m *message) around(l *lines) {
	l.origin(m.Origin)
	l.add(person(m.ForwardFrom), m.ForwardSenderName, m.OldForwardChat.name(), m.ForwardSignature)
	if m.ViaBot != nil {
		l.add(person(m.ViaBot))
	}
	if m.SenderChat != nil && (m.Chat == nil || m.SenderChat.ID != m.Chat.ID) {
		l.add(m.SenderChat.name())
	}
}

func (m *message) external(l *lines) {
	e := m.External
	if e == nil {
		return
	}
	l.origin(e.Origin)
	l.add(e.Chat.name())
	if e.Preview != nil {
		l.add(e.Preview.URL)
	}
	l.contact(e.Contact)
	l.poll(e.Poll)
	l.checklist(e.Checklist)
	l.game(e.Game)
	l.venue(e.Venue)
	l.invoice(e.Invoice)
	l.audio(e.Audio)
}

func (m *message) forwarded() bool {
	return m.Origin != nil || m.ForwardDate != 0 || m.ForwardFrom != nil ||
		m.OldForwardChat != nil || m.ForwardSenderName != ""
}

// strangers names, in a steady order, the fields that no struct reads.
func (m *message) strangers() []string {
	var out []string
	for f := range m.rest {
		if !service[f] {
			out = append(out, f)
		}
	}
	sort.Strings(out)
	return out
}

func (m *message) isService() bool {
	for f := range m.rest {
		if service[f] {
			return true
		}
	}
	return false
}

// readable are the names under which the Bot API puts words for people.
var readable = set("text", "title", "description", "caption", "url", "question",
	"explanation", "address", "phone_number", "name", "first_name", "last_name",
	"username", "email", "email_address", "prize_description", "label", "credit", "summary",
	"expression", "vcard", "query", "copy_text", "footer", "header", "alternative_text")

// walk reads the words out of a field nobody here knows yet. A list of
// strings and objects under one name is one running text.
func walk(raw json.RawMessage, depth int) []string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > 16 {
		return nil
	}
	switch raw[0] {
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		var out []string
		for _, x := range list {
			out = append(out, walk(x, depth+1)...)
		}
		return out
	case '{':
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return nil
		}
		names := make([]string, 0, len(fields))
		for n := range fields {
			names = append(names, n)
		}
		sort.Strings(names)
		var out, after []string
		for _, n := range names {
			if readable[n] {
				text, links := running(fields[n], depth+1)
				out = append(out, text)
				after = append(after, links...)
				continue
			}
			after = append(after, walk(fields[n], depth+1)...)
		}
		return append(out, after...)
	}
	return nil
}

// running reads one rich text: strings as they follow each other, addresses
// apart.
func running(raw json.RawMessage, depth int) (text string, links []string) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > 16 {
		return "", nil
	}
	switch raw[0] {
	case '"':
		_ = json.Unmarshal(raw, &text)
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list)
		for _, x := range list {
			t, more := running(x, depth+1)
			text += t
			links = append(links, more...)
		}
	case '{':
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(raw, &fields)
		text, links = running(fields["text"], depth+1)
		delete(fields, "text")
		if b, err := json.Marshal(fields); err == nil {
			links = append(links, walk(b, depth+1)...)
		}
	}
	return text, links
}

// cut answers the part of a text an entity covers. Offsets count UTF-16
// units; an entity that lies outside the text answers "".
func cut(text string, e entity) string {
	units := utf16.Encode([]rune(text))
	if e.Offset < 0 || e.Length <= 0 || e.Offset > len(units) || e.Length > len(units)-e.Offset {
		return ""
	}
	return string(utf16.Decode(units[e.Offset : e.Offset+e.Length]))
}

// attachments are the files of a message, each once.
type attachments struct {
	Animation *tgbotapi.Animation
	Audio     *tgbotapi.Audio
	Document  *tgbotapi.Document
	Photo     []tgbotapi.PhotoSize
	Sticker   *tgbotapi.Sticker
	Video     *tgbotapi.Video
	VideoNote *tgbotapi.VideoNote
	Voice     *tgbotapi.Voice
	Location  *tgbotapi.Location
	PaidMedia *paidMedia
	Venue     bool
}

func (m *message) files() []flows.File {
	return attachments{m.Animation, m.Audio, m.Document, m.Photo, m.Sticker,
		m.Video, m.VideoNote, m.Voice, m.Location, m.PaidMedia, m.Venue != nil}.files()
}

func (e *external) files() []flows.File {
	if e == nil {
		return nil
	}
	return attachments{e.Animation, e.Audio, e.Document, e.Photo, e.Sticker,
		e.Video, e.VideoNote, e.Voice, e.Location, e.PaidMedia, e.Venue != nil}.files()
}

func (a attachments) files() []flows.File {
	var out []flows.File
	file := func(kind, id, name, mime string, size int) {
		if id != "" {
			out = append(out, flows.File{ID: id, Kind: kind, Name: name, MIME: mime, Size: int64(max(size, 0))})
		}
	}
	photo := func(sizes []tgbotapi.PhotoSize) {
		if p := largest(sizes); p != nil {
			file("photo", p.FileID, "", "image/jpeg", p.FileSize)
		}
	}
	video := func(v *tgbotapi.Video) {
		if v != nil {
			file("video", v.FileID, v.FileName, v.MimeType, v.FileSize)
		}
	}
	photo(a.Photo)
	switch {
	case a.Animation != nil: // the same file comes as a document once more
		file("video", a.Animation.FileID, a.Animation.FileName, a.Animation.MimeType, a.Animation.FileSize)
	case a.Document != nil:
		file("document", a.Document.FileID, a.Document.FileName, a.Document.MimeType, a.Document.FileSize)
	}
	video(a.Video)
	if a.VideoNote != nil {
		file("video", a.VideoNote.FileID, "", "video/mp4", a.VideoNote.FileSize)
	}
	if a.Voice != nil {
		file("voice", a.Voice.FileID, "", a.Voice.MimeType, a.Voice.FileSize)
	}
	if a.Audio != nil {
		file("voice", a.Audio.FileID, a.Audio.FileName, a.Audio.MimeType, a.Audio.FileSize)
	}
	if a.Sticker != nil {
		file("sticker", a.Sticker.FileID, "", "", a.Sticker.FileSize)
	}
	if a.PaidMedia != nil {
		for _, m := range a.PaidMedia.Media {
			photo(m.Photo)
			video(m.Video)
		}
	}
	if a.Location != nil && !a.Venue {
		place := strconv.FormatFloat(a.Location.Latitude, 'f', -1, 64) + "," +
			strconv.FormatFloat(a.Location.Longitude, 'f', -1, 64)
		out = append(out, flows.File{Kind: "location", Text: place})
	}
	return out
}

// largest is the biggest picture that may still be downloaded.
func largest(sizes []tgbotapi.PhotoSize) *tgbotapi.PhotoSize {
	var best *tgbotapi.PhotoSize
	for i := range sizes {
		p := &sizes[i]
		if p.FileSize > downloadLimit {
			continue
		}
		if best == nil || area(p) > area(best) || area(p) == area(best) && p.FileSize > best.FileSize {
			best = p
		}
	}
	return best
}

func area(p *tgbotapi.PhotoSize) int64 { return int64(p.Width) * int64(p.Height) }
