package telegramtest

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Person is somebody who uses the bot, in a private chat or, by In, in a
// group.
type Person struct {
	s    *Server
	ID   int64
	Lang string
	Name string
	Chat int64
}

// Group is a group chat the bot is in.
type Group struct {
	s  *Server
	ID int64
}

// Person makes somebody with a language code who has not written yet.
func (s *Server) Person(lang string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	p := &Person{s: s, ID: s.nextID, Chat: s.nextID, Lang: lang, Name: fmt.Sprintf("Person %d", s.nextID)}
	s.chats[p.ID] = &chat{id: p.ID, title: p.Name, devices: []*Device{{s: s}}}
	return p
}

// Number makes the next person or group get this id, so that it can be told from
// other numbers.
func (s *Server) Number(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID = id - 1
}

// Group makes a supergroup with the bot in it; admins are its administrators.
func (s *Server) Group(title string, admins ...*Person) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	g := &Group{s: s, ID: -1000000000000 - s.nextID}
	c := &chat{id: g.ID, group: true, title: title, met: true, devices: []*Device{{s: s}},
		members: map[int64]bool{}, admins: map[int64]bool{}, topics: map[int]bool{}}
	for _, a := range admins {
		c.members[a.ID], c.admins[a.ID] = true, true
	}
	s.chats[g.ID] = c
	return g
}

// Topic opens a topic in the group and answers its id.
func (g *Group) Topic() int {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.nextMsg++
	g.s.chats[g.ID].topics[g.s.nextMsg] = true
	return g.s.nextMsg
}

// Promote makes the bot an administrator.
func (g *Group) Promote() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.chats[g.ID].admin = true
}

// Kick removes the bot from the group.
func (g *Group) Kick(by *Person) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	c := g.s.chats[g.ID]
	c.closed = true
	g.s.member(c, by, "member", "kicked")
}

// Screen is what members see, oldest first.
func (g *Group) Screen() []Message {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return copies(g.s.chats[g.ID].messages)
}

// In is the same person acting in a group.
func (p *Person) In(g *Group) *Person {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.chats[g.ID].members[p.ID] = true
	q := *p
	q.Chat = g.ID
	return &q
}

func (p *Person) chat() *chat { return p.s.chats[p.Chat] }

func (p *Person) user() map[string]any {
	u := map[string]any{"id": p.ID, "is_bot": false, "first_name": p.Name}
	if p.Lang != "" {
		u["language_code"] = p.Lang
	}
	return u
}

var marks = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?|@[A-Za-z0-9_]{4,32})`)

// entities marks commands and mentions, as a client does.
func entities(text string) []map[string]any {
	var out []map[string]any
	for _, at := range marks.FindAllStringSubmatchIndex(text, -1) {
		part := text[at[2]:at[3]]
		kind := "mention"
		if part[0] == '/' {
			kind = "bot_command"
		}
		out = append(out, map[string]any{"type": kind, "offset": Units(text[:at[2]]), "length": Units(part)})
	}
	return out
}

// Post sends a message with any fields the Bot API knows, and answers its id.
// A "reply_to" field names a message of the same chat.
func (p *Person) Post(fields map[string]any) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.post(fields)
}

func (p *Person) post(fields map[string]any) int {
	c := p.chat()
	m := Message{From: p.ID, fields: map[string]any{"from": p.user()}}
	for k, v := range fields {
		switch k {
		case "reply_to":
			m.Reply = v.(int)
		case "topic":
			m.Topic = v.(int)
		default:
			m.fields[k] = v
		}
	}
	for name, marks := range map[string]string{"text": "entities", "caption": "caption_entities"} {
		text, ok := m.fields[name].(string)
		if !ok {
			continue
		}
		m.Text = text
		if _, given := m.fields[marks]; !given {
			if e := entities(text); e != nil {
				m.fields[marks] = e
			}
		}
	}
	if a, ok := fields["media_group_id"].(string); ok {
		m.Album = a
	}
	m = p.s.append(c, m)
	if !c.group {
		c.met = true
		c.closed = false
	}
	if p.s.heard(c, m) {
		p.s.emit("message", c.id, p.s.raw(c, &m))
	}
	return m.ID
}

// heard says whether the bot gets a message: all of a private chat, and of a
// group what privacy mode lets through.
func (s *Server) heard(c *chat, m Message) bool {
	if c.closed {
		return false
	}
	if !c.group || s.ReadsGroups || c.admin {
		return true
	}
	for _, list := range []string{"entities", "caption_entities"} {
		es, _ := m.fields[list].([]map[string]any)
		for _, e := range es {
			text := m.Text
			start := e["offset"].(int)
			part := utf16Slice(text, start, e["length"].(int))
			if strings.HasPrefix(part, "/") && (!strings.Contains(part, "@") || strings.HasSuffix(strings.ToLower(part), "@"+strings.ToLower(s.Username))) {
				return true
			}
			if strings.EqualFold(part, "@"+s.Username) {
				return true
			}
		}
	}
	r := c.find(m.Reply)
	return r != nil && r.Bot
}

// Send sends a text; one that begins with a slash is a command.
func (p *Person) Send(text string) int { return p.Post(map[string]any{"text": text}) }

// Answer sends a text as a reply to a message.
func (p *Person) Answer(to int, text string) int {
	return p.Post(map[string]any{"text": text, "reply_to": to})
}

// Forward forwards a text that somebody else wrote.
func (p *Person) Forward(from, text string) int {
	return p.Post(map[string]any{"text": text, "forward_origin": map[string]any{
		"type": "hidden_user", "sender_user_name": from, "date": p.s.Now().Unix()}})
}

// upload keeps bytes for the bot to fetch.
func (p *Person) upload(name string, data []byte, size int64) string {
	id := fmt.Sprintf("file%d", len(p.s.files)+1)
	p.s.files[id] = &file{name: name, data: data, size: size, path: "documents/" + id}
	return id
}

func (p *Person) photo(data []byte, fields map[string]any) map[string]any {
	small := p.upload("", data[:min(len(data), 100)], 0)
	large := p.upload("", data, 0)
	fields["photo"] = []map[string]any{
		{"file_id": small, "file_unique_id": "u" + small, "width": 90, "height": 60, "file_size": min(len(data), 100)},
		{"file_id": large, "file_unique_id": "u" + large, "width": 1280, "height": 853, "file_size": len(data)},
	}
	return fields
}

// Photo sends a picture.
func (p *Person) Photo(data []byte, caption string) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	fields := p.photo(data, map[string]any{})
	if caption != "" {
		fields["caption"] = caption
	}
	return p.post(fields)
}

// Album sends pictures that belong together, the first one with a caption.
func (p *Person) Album(caption string, pictures ...[]byte) []int {
	return p.AlbumAt(0, caption, pictures...)
}

// AlbumAt is Album with the caption under the picture at a place.
func (p *Person) AlbumAt(at int, caption string, pictures ...[]byte) []int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	album := fmt.Sprintf("album%d", p.s.nextMsg)
	var ids []int
	for i, data := range pictures {
		fields := p.photo(data, map[string]any{"media_group_id": album})
		if i == at && caption != "" {
			fields["caption"] = caption
		}
		ids = append(ids, p.post(fields))
	}
	return ids
}

// Document sends a file; size may announce more bytes than data has.
func (p *Person) Document(name, mime string, data []byte, size int64, caption string) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	id := p.upload(name, data, size)
	fields := map[string]any{"document": map[string]any{"file_id": id, "file_unique_id": "u" + id,
		"file_name": name, "mime_type": mime, "file_size": max(size, int64(len(data)))}}
	if caption != "" {
		fields["caption"] = caption
	}
	return p.post(fields)
}

// Sticker sends a sticker.
func (p *Person) Sticker() int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	id := p.upload("", []byte("sticker"), 0)
	return p.post(map[string]any{"sticker": map[string]any{"file_id": id, "file_unique_id": "u" + id,
		"type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false, "emoji": "👍"}})
}

// Voice sends a voice message.
func (p *Person) Voice(data []byte) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	id := p.upload("", data, 0)
	return p.post(map[string]any{"voice": map[string]any{"file_id": id, "file_unique_id": "u" + id,
		"duration": 3, "mime_type": "audio/ogg", "file_size": len(data)}})
}

// Edit changes the text of a message the person sent.
func (p *Person) Edit(id int, text string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c := p.chat()
	m := c.find(id)
	if m == nil || m.From != p.ID {
		return
	}
	field, list := "text", "entities"
	if _, ok := m.fields["caption"]; ok {
		field, list = "caption", "caption_entities"
	}
	m.Text, m.fields[field] = text, text
	m.fields["edit_date"] = p.s.now().Unix()
	delete(m.fields, list)
	if e := entities(text); e != nil {
		m.fields[list] = e
	}
	m.Edited = true
	c.show(*m, false)
	if p.s.heard(c, *m) {
		p.s.emit("edited_message", c.id, p.s.raw(c, m))
	}
}

// Remove deletes a message for both sides; the bot is not told.
func (p *Person) Remove(id int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.chat().remove(id)
	p.s.changed.Broadcast()
}

// Block blocks the bot.
func (p *Person) Block() { p.turn(true, "member", "kicked") }

// Unblock lets the bot write again.
func (p *Person) Unblock() { p.turn(false, "kicked", "member") }

func (p *Person) turn(closed bool, from, to string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c := p.chat()
	c.closed = closed
	p.s.member(c, p, from, to)
}

// Deactivate deletes the person's account; the bot is not told.
func (p *Person) Deactivate() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.chat().deactivated = true
}

func (s *Server) member(c *chat, by *Person, from, to string) {
	bot := map[string]any{"id": s.ID, "is_bot": true, "first_name": "Test", "username": s.Username}
	s.emit("my_chat_member", c.id, map[string]any{
		"chat": s.rawChat(c), "from": by.user(), "date": s.now().Unix(),
		"old_chat_member": map[string]any{"status": from, "user": bot},
		"new_chat_member": map[string]any{"status": to, "user": bot, "until_date": 0},
	})
}

// Screen is what the person sees in this chat, oldest first.
func (p *Person) Screen() []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return copies(p.chat().messages)
}

// FromBot are the bot's messages on the screen.
func (p *Person) FromBot() []Message {
	var out []Message
	for _, m := range p.Screen() {
		if m.Bot {
			out = append(out, m)
		}
	}
	return out
}

// Last is the bot's newest message, empty when there is none.
func (p *Person) Last() Message {
	list := p.FromBot()
	if len(list) == 0 {
		return Message{}
	}
	return list[len(list)-1]
}

// Received is how many messages the bot ever sent here, deleted ones too.
func (p *Person) Received() int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.chat().sent
}

// Await waits until the bot has sent n messages here in all.
func (p *Person) Await(n int, d time.Duration) bool {
	return p.s.Wait(d, func() bool { return p.Received() >= n })
}

// Device adds one more device to the chat, empty until something happens.
func (p *Person) Device() *Device {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	d := &Device{s: p.s}
	for _, m := range p.chat().messages {
		kept := *m
		d.messages = append(d.messages, &kept)
		d.ever = append(d.ever, m.Text)
	}
	p.chat().devices = append(p.chat().devices, d)
	return d
}

// Phone is the device the person holds, there from the beginning.
func (p *Person) Phone() *Device {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.chat().devices[0]
}

// Tap is a button that was pressed.
type Tap struct {
	s       *Server
	ID      string
	Person  int64
	Chat    int64
	Message int
	Data    string

	at      time.Time
	took    time.Duration
	answers int
	late    bool
	text    string
	alert   bool
}

// Answers is how often the tap was answered; it should be once.
func (t *Tap) Answers() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.answers
}

// Pop is the text that popped up, "" for none.
func (t *Tap) Pop() string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.text
}

// Alert says whether the text had to be closed by hand.
func (t *Tap) Alert() bool {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.alert
}

// Took is how long the button was spinning, on the server's clock.
func (t *Tap) Took() time.Duration {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.took
}

// Await waits until the tap was answered.
func (t *Tap) Await(d time.Duration) bool {
	return t.s.Wait(d, func() bool { return t.Answers() > 0 })
}

// Tap presses the n-th button, in reading order, of the newest message of the
// bot that has buttons with data. It answers nil when there is none.
func (p *Person) Tap(n int) *Tap {
	list := p.FromBot()
	for i := len(list) - 1; i >= 0; i-- {
		var live []Button
		for _, b := range list[i].Buttons() {
			if b.Data != "" {
				live = append(live, b)
			}
		}
		if len(live) == 0 {
			continue
		}
		if n >= len(live) {
			return nil
		}
		return p.Press(list[i].ID, live[n].Data)
	}
	return nil
}

// TapLabel presses the newest button with these words on it.
func (p *Person) TapLabel(label string) *Tap {
	list := p.FromBot()
	for i := len(list) - 1; i >= 0; i-- {
		for _, b := range list[i].Buttons() {
			if b.Data != "" && strings.Contains(b.Text, label) {
				return p.Press(list[i].ID, b.Data)
			}
		}
	}
	return nil
}

// Press presses a button with this data under a message, also one that was
// withdrawn meanwhile, as a client with an old picture of the chat does.
func (p *Person) Press(message int, data string) *Tap {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := &Tap{s: p.s, ID: fmt.Sprintf("tap%d", len(p.s.taps)+1), Person: p.ID, Chat: p.Chat, Message: message, Data: data, at: p.s.now()}
	p.s.taps = append(p.s.taps, t)
	c := p.chat()
	m := c.find(message)
	var raw map[string]any
	if m != nil {
		raw = p.s.raw(c, m)
	} else { // deleted: only where it was is known
		raw = map[string]any{"message_id": message, "date": 0, "chat": p.s.rawChat(c)}
	}
	p.s.emit("callback_query", c.id, map[string]any{"id": t.ID, "from": p.user(), "message": raw,
		"chat_instance": "1", "data": data})
	return t
}

// Again presses the same button once more, as a client closed before the
// answer came does by itself.
func (p *Person) Again(t *Tap) *Tap { return p.Press(t.Message, t.Data) }

// Taps are all taps so far.
func (s *Server) Taps() []*Tap {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Tap(nil), s.taps...)
}

// Unanswered are the taps whose buttons still spin or stopped by themselves.
func (s *Server) Unanswered() []*Tap {
	var out []*Tap
	for _, t := range s.Taps() {
		if t.Answers() == 0 {
			out = append(out, t)
		}
	}
	return out
}

// Twice are the taps that were answered more than once.
func (s *Server) Twice() []*Tap {
	var out []*Tap
	for _, t := range s.Taps() {
		if t.Answers() > 1 {
			out = append(out, t)
		}
	}
	return out
}

// Query is an inline query.
type Query struct {
	s       *Server
	ID      string
	at      time.Time
	answers int
	results []Result
}

// Result is one result of an inline query, Text as it would be sent.
type Result struct{ ID, Title, Description, Text string }

// Ask types an inline query in some other chat.
func (p *Person) Ask(query string) *Query {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if r := []rune(query); len(r) > 256 {
		query = string(r[:256])
	}
	q := &Query{s: p.s, ID: fmt.Sprintf("query%d", len(p.s.queries)+1), at: p.s.now()}
	p.s.queries = append(p.s.queries, q)
	p.s.emit("inline_query", p.ID, map[string]any{"id": q.ID, "from": p.user(), "query": query, "offset": "", "chat_type": "private"})
	return q
}

// Await waits for the answer of an inline query.
func (q *Query) Await(d time.Duration) ([]Result, bool) {
	ok := q.s.Wait(d, func() bool {
		q.s.mu.Lock()
		defer q.s.mu.Unlock()
		return q.answers > 0
	})
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	return q.results, ok
}

// People are the private chats, in the order in which they were made.
func (s *Server) People() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int64
	for id, c := range s.chats {
		if !c.group {
			out = append(out, id)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// MoveTo makes the group live on as another one, as Telegram does when a
// group grows.
func (g *Group) MoveTo(to *Group) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.chats[g.ID].movedTo = to.ID
}
