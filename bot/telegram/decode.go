package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/flows"
)

// kinds are the updates asked for, and all that Decode reads.
var kinds = []string{"message", "edited_message", "callback_query", "my_chat_member", "inline_query"}

// errNothing means an update that says nothing to the bot: a service message,
// another bot's message, a kind that was not asked for.
var errNothing = errors.New("an update with nothing for the bot")

// Decode reads one update. ok is false when there is nothing to handle in it;
// err is set when it cannot be read at all, and quotes none of it.
//
// A field of an unexpected type is passed over and the rest is read: a pitch
// must not hide behind a field that changed.
func Decode(raw []byte, me Me) (u bot.Update, ok bool, err error) {
	defer func() {
		if recover() != nil { // never the value: it may quote the message
			u, ok, err = bot.Update{}, false, errors.New("decode update: panic")
		}
	}()
	var w update
	var shape *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &w); err != nil && !errors.As(err, &shape) {
		return bot.Update{}, false, errors.New("decode update: not JSON")
	}
	if w.UpdateID == 0 {
		return bot.Update{}, false, errors.New("decode update: no id")
	}
	u.ID = int64(w.UpdateID)
	switch {
	case w.Message != nil:
		err = w.Message.into(&u, me)
	case w.EditedMessage != nil:
		u.In.Edited = true
		// A live location edits itself every few seconds.
		if w.EditedMessage.Location != nil && w.EditedMessage.Venue == nil {
			return u, false, nil
		}
		err = w.EditedMessage.into(&u, me)
	case w.CallbackQuery != nil:
		err = w.CallbackQuery.into(&u)
	case w.MyChatMember != nil:
		err = w.MyChatMember.into(&u)
	case w.InlineQuery != nil:
		err = w.InlineQuery.into(&u)
	default:
		err = errNothing
	}
	if errors.Is(err, errNothing) {
		return u, false, nil
	}
	if err != nil {
		return u, false, fmt.Errorf("decode update: %w", err)
	}
	return u, true, nil
}

func (c *chat) group() bool { return c.Type == "group" || c.Type == "supergroup" }

// command is what Telegram makes a link of at the start of a message.
var command = regexp.MustCompile(`^/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+|$)`)

func (m *message) into(u *bot.Update, me Me) error {
	if m.Chat == nil || m.Chat.ID == 0 {
		return errNothing
	}
	if m.Chat.Type == "channel" || m.IsAutomaticForward {
		return errNothing
	}
	if m.From != nil && m.From.IsBot && m.SenderChat == nil {
		return errNothing
	}
	u.Chat, u.Group = m.Chat.ID, m.Chat.group()
	if m.InTopic {
		u.Topic = m.Thread
	}
	if m.From != nil {
		u.Sender, u.In.Lang = m.From.ID, m.From.LanguageCode
	}
	if m.SenderChat != nil {
		u.Sender = m.SenderChat.ID
	}
	in := &u.In
	in.Message, in.Album, in.Group = m.MessageID, m.MediaGroupID, u.Group
	in.Sent = int64(max(m.Date, m.EditDate))
	in.Forwarded = m.forwarded()

	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	if u.Group {
		in.Called = mentions(text, entities, me) || m.answers(me)
	}
	if !in.Forwarded {
		m.command(u, me, &text)
	}
	if in.Called { // its own name is no part of the offer
		text = without(text, me.Username)
	}

	var l lines
	asked := m.asked(in, text, me)
	switch {
	case asked != nil:
		// The message pointed at is what is to be checked.
		in.Forwarded = !m.sameSender(asked) || asked.forwarded()
		asked.content(&l, asked.Text+asked.Caption, append(asked.Entities, asked.CaptionEntities...))
		asked.around(&l)
		if asked.SenderChat == nil && !m.sameSender(asked) {
			l.add(person(asked.From))
		}
		in.Files = append(asked.files(), m.files()...)
	case in.Command == "start":
		// A deep link's payload is opaque and stays in Arg.
	default:
		m.content(&l, text, entities)
		in.Files = m.files()
	}
	if in.Command != "start" {
		m.around(&l)
		m.external(&l)
		if m.Quote != nil && !m.answers(me) {
			l.body(m.Quote.Text, m.Quote.Entities)
		}
		in.Files = append(in.Files, m.External.files()...)
	}
	if m.External != nil || m.quotesOthers(me) {
		in.Forwarded = true
	}
	in.Text = l.String()

	if in.Text == "" && len(in.Files) == 0 && in.Command == "" {
		if m.isService() || u.Group && !in.Called {
			return errNothing
		}
		if !in.Called {
			// A story, a dice, a picture too large: something came, and
			// silence would be worse than saying it cannot be read.
			in.Files = []flows.File{{Kind: "other"}}
		}
	}
	return nil
}

// command takes a command off the front of a message. In a group one that is
// addressed to another bot is none of ours.
func (m *message) command(u *bot.Update, me Me, text *string) {
	found := command.FindStringSubmatch(*text)
	if found == nil {
		return
	}
	forMe := found[2] != "" && strings.EqualFold(found[2], me.Username)
	if found[2] != "" && !forMe && u.Group {
		return
	}
	u.In.Command = strings.ToLower(found[1])
	rest := (*text)[len(found[0]):]
	u.In.Arg = strings.TrimSpace(rest)
	*text = rest
	// Without a name only /check is surely ours: other bots listen too.
	if u.Group && (forMe || u.In.Command == "check") {
		u.In.Called = true
	}
}

// mentions says whether the bot is named in the text.
func mentions(text string, entities []entity, me Me) bool {
	for _, e := range entities {
		switch e.Type {
		case "mention":
			if me.Username != "" && strings.EqualFold(cut(text, e), "@"+me.Username) {
				return true
			}
		case "text_mention":
			if e.User != nil && e.User.ID == me.ID {
				return true
			}
		}
	}
	return false
}

// answers says whether the message is a reply to one of the bot's own.
func (m *message) answers(me Me) bool {
	r := m.ReplyToMessage
	return r != nil && r.From != nil && r.From.ID == me.ID && r.Topic == nil
}

// quotesOthers says whether the message quotes somebody else's words.
func (m *message) quotesOthers(me Me) bool {
	r := m.ReplyToMessage
	if m.Quote == nil || r == nil || m.answers(me) {
		return false
	}
	return !m.sameSender(r) || r.forwarded()
}

func (m *message) sameSender(o *message) bool {
	return m.From != nil && o.From != nil && m.From.ID == o.From.ID
}

// asked is the message that /check, or a bare mention in a group, points at
// by replying to it; nil when there is none.
func (m *message) asked(in *flows.Input, text string, me Me) *message {
	r := m.ReplyToMessage
	if r == nil || r.Topic != nil || m.answers(me) {
		return nil
	}
	if in.Command == "check" {
		return r
	}
	if in.Group && in.Called && in.Command == "" && strings.TrimSpace(text) == "" {
		return r
	}
	return nil
}

// without takes every mention of a name out of a text.
func without(text, name string) string {
	if name == "" {
		return text
	}
	return regexp.MustCompile(`(?i)@`+regexp.QuoteMeta(name)+`\b`).ReplaceAllString(text, "")
}

func (c *callback) into(u *bot.Update) error {
	if c.ID == "" {
		return errNothing
	}
	u.Tap = c.ID
	if c.From != nil {
		u.Sender, u.In.Lang = c.From.ID, c.From.LanguageCode
	}
	tap := ReadTap(c.Data)
	if m := c.Message; m != nil && m.Chat != nil {
		u.Chat, u.Group = m.Chat.ID, m.Chat.group()
		if m.Topic {
			u.Topic = m.Thread
		}
		tap.Message, u.In.Message = m.ID, m.ID
	}
	u.In.Group, u.In.Called = u.Group, u.Group
	u.In.Tap = &tap
	return nil
}

// ReadTap reads the data of a button, nonce.step.value. Data of another shape
// answers an empty Tap, which no prompt on screen has.
func ReadTap(data string) flows.Tap {
	if len(data) > 64 {
		return flows.Tap{}
	}
	parts := strings.SplitN(data, ".", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return flows.Tap{}
	}
	for _, r := range data {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.') {
			return flows.Tap{}
		}
	}
	return flows.Tap{Nonce: parts[0], Step: parts[1], Value: parts[2]}
}

func (c *memberChanged) into(u *bot.Update) error {
	if c.Chat == nil || c.Chat.ID == 0 || c.Chat.Type == "channel" {
		return errNothing
	}
	u.Chat, u.Group = c.Chat.ID, c.Chat.group()
	u.In.Group = u.Group
	if c.From != nil {
		u.Sender, u.In.Lang = c.From.ID, c.From.LanguageCode
	}
	var left bool
	switch c.New.Status {
	case "left", "kicked":
		left = true
	case "restricted":
		left = c.New.IsMember != nil && !*c.New.IsMember
	case "member", "administrator", "creator":
	default:
		return errNothing
	}
	u.Left = &left
	return nil
}

func (q *inlineQuery) into(u *bot.Update) error {
	if q.ID == "" || q.From == nil {
		return errNothing
	}
	u.Inline, u.Chat, u.Sender = q.ID, q.From.ID, q.From.ID
	u.In.Text, u.In.Lang = q.Query, q.From.LanguageCode
	return nil
}
