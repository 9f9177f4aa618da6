package telegramtest

import (
	"encoding/json"
	"strings"
	"time"
)

// Button is a button as a client shows it.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Message is a message as a client shows it.
type Message struct {
	ID        int
	Bot       bool // sent by the bot
	From      int64
	Text      string // what is read, without marks
	HTML      string // as the bot sent it
	Rows      [][]Button
	Edited    bool // carries a client's "edited" mark
	Edits     int  // how often it was rewritten, buttons included
	Silent    bool
	Protected bool
	Reply     int
	Topic     int
	Album     string
	File      string
	Data      []byte
	Sent      time.Time

	fields map[string]any // of a person's message: what the update said
}

// Buttons are all buttons in reading order.
func (m Message) Buttons() []Button {
	var out []Button
	for _, row := range m.Rows {
		out = append(out, row...)
	}
	return out
}

// chat is one private chat or group.
type chat struct {
	id          int64
	group       bool
	title       string
	met         bool // the person wrote first
	closed      bool // blocked, or the bot was removed
	deactivated bool
	admin       bool // the bot is an administrator
	movedTo     int64
	topics      map[int]bool
	members     map[int64]bool
	admins      map[int64]bool
	messages    []*Message
	devices     []*Device
	sent        int // messages of the bot ever
}

func (c *chat) kind() string {
	switch {
	case !c.group:
		return "private"
	case strings.HasPrefix(itoa(c.id), "-100"):
		return "supergroup"
	}
	return "group"
}

func (c *chat) find(id int) *Message {
	for _, m := range c.messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (c *chat) remove(id int) {
	for i, m := range c.messages {
		if m.ID == id {
			c.messages = append(c.messages[:i:i], c.messages[i+1:]...)
			for _, d := range c.devices {
				d.drop(id)
			}
			return
		}
	}
}

// append puts a new message at the end of a chat.
func (s *Server) append(c *chat, m Message) Message {
	s.nextMsg++
	m.ID, m.Sent = s.nextMsg, s.now()
	kept := m
	c.messages = append(c.messages, &kept)
	if m.Bot {
		c.sent++
	}
	c.show(m, true)
	return m
}

// show brings a new or changed message to every device of the chat.
func (c *chat) show(m Message, fresh bool) {
	for _, d := range c.devices {
		d.show(m, fresh)
	}
}

// raw is a message as the Bot API writes it.
func (s *Server) raw(c *chat, m *Message) map[string]any {
	out := map[string]any{"message_id": m.ID, "date": m.Sent.Unix(), "chat": s.rawChat(c)}
	for k, v := range m.fields {
		out[k] = v
	}
	if m.Bot {
		out["from"] = map[string]any{"id": s.ID, "is_bot": true, "first_name": "Test", "username": s.Username}
		out["text"] = m.Text
		if m.File != "" {
			delete(out, "text")
			out["caption"] = m.Text
			out["document"] = map[string]any{"file_id": "sent", "file_unique_id": "sent", "file_name": m.File}
		}
		if len(m.Rows) > 0 {
			out["reply_markup"] = map[string]any{"inline_keyboard": m.Rows}
		}
	}
	if m.Topic != 0 {
		out["message_thread_id"], out["is_topic_message"] = m.Topic, true
	}
	if r := c.find(m.Reply); m.Reply != 0 && r != nil {
		reply := s.raw(c, r)
		delete(reply, "reply_to_message") // Telegram shows one step back only
		out["reply_to_message"] = reply
	}
	return out
}

func (s *Server) rawChat(c *chat) map[string]any {
	out := map[string]any{"id": c.id, "type": c.kind()}
	if c.group {
		out["title"] = c.title
	} else {
		out["first_name"] = c.title
	}
	return out
}

// Device is one more screen of a person's account: it shows the chats as
// they are synchronised, and remembers everything that was ever on it.
type Device struct {
	s        *Server
	messages []*Message
	ever     []string
	popped   []string
	offline  bool
	missed   []func()
}

func (d *Device) show(m Message, fresh bool) {
	if d.offline {
		d.missed = append(d.missed, func() { d.show(m, fresh) })
		return
	}
	d.ever = append(d.ever, m.Text)
	if fresh {
		kept := m
		d.messages = append(d.messages, &kept)
		if m.Bot && !m.Silent {
			d.popped = append(d.popped, m.Text)
		}
		return
	}
	for _, old := range d.messages {
		if old.ID == m.ID {
			*old = m
		}
	}
}

func (d *Device) drop(id int) {
	if d.offline {
		d.missed = append(d.missed, func() { d.drop(id) })
		return
	}
	for i, m := range d.messages {
		if m.ID == id {
			d.messages = append(d.messages[:i:i], d.messages[i+1:]...)
			return
		}
	}
}

// Screen is what the device shows now, oldest first.
func (d *Device) Screen() []Message {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	return copies(d.messages)
}

// Ever is every text that was on the screen at some moment.
func (d *Device) Ever() []string {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	return append([]string(nil), d.ever...)
}

// Notifications are the texts that popped up: one for each new message of the
// bot that was not silent. Rewriting a message pops up nothing.
func (d *Device) Notifications() []string {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	return append([]string(nil), d.popped...)
}

// Preview is the line under the chat's name in the list of chats.
func (d *Device) Preview() string {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if len(d.messages) == 0 {
		return ""
	}
	line, _, _ := strings.Cut(d.messages[len(d.messages)-1].Text, "\n")
	if r := []rune(line); len(r) > 60 {
		line = string(r[:60])
	}
	return line
}

// Offline stops synchronising: the device goes on showing what it has.
func (d *Device) Offline() {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.offline = true
}

// Online brings everything that happened meanwhile, in order.
func (d *Device) Online() {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.offline = false
	missed := d.missed
	d.missed = nil
	for _, f := range missed {
		f()
	}
}

func copies(list []*Message) []Message {
	out := make([]Message, len(list))
	for i, m := range list {
		out[i] = *m
		out[i].fields = nil
	}
	return out
}

// Transcript writes messages as a person reads them, for a test's complaint.
func Transcript(list []Message) string {
	var b strings.Builder
	for _, m := range list {
		who := "> "
		if m.Bot {
			who = "< "
		}
		b.WriteString(who + strings.ReplaceAll(m.Text, "\n", "\n  ") + "\n")
		for _, row := range m.Rows {
			b.WriteString(" ")
			for _, x := range row {
				b.WriteString(" [" + x.Text + "]")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func toJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
