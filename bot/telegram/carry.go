package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/reports/outbox"
)

// deleteBatch is how many messages one call may delete.
const deleteBatch = 100

type textMessage struct {
	Chat     int64      `json:"chat_id"`
	Message  int        `json:"message_id,omitempty"`
	Topic    int        `json:"message_thread_id,omitempty"`
	Text     string     `json:"text"`
	Parse    string     `json:"parse_mode"`
	Preview  previewOff `json:"link_preview_options"`
	Reply    *replyTo   `json:"reply_parameters,omitempty"`
	Keyboard *keyboard  `json:"reply_markup,omitempty"`
	Silent   bool       `json:"disable_notification,omitempty"`
	Protect  bool       `json:"protect_content,omitempty"`
}

// previewOff: Telegram would fetch and show what a scammer's page says.
type previewOff struct {
	Off bool `json:"is_disabled"`
}

type replyTo struct {
	Message int  `json:"message_id"`
	Anyway  bool `json:"allow_sending_without_reply"`
}

type keyboard struct {
	Rows [][]keyboardButton `json:"inline_keyboard"`
}

type keyboardButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

func buttons(rows [][]bot.Button) *keyboard {
	if len(rows) == 0 {
		return nil
	}
	k := &keyboard{Rows: make([][]keyboardButton, 0, len(rows))}
	for _, row := range rows {
		if len(row) == 0 {
			continue
		}
		out := make([]keyboardButton, len(row))
		for i, b := range row {
			out[i] = keyboardButton(b)
		}
		k.Rows = append(k.Rows, out)
	}
	return k
}

// Carry delivers one item of bot.Kind, whose body is a bot.Out: deletes first, then the
// rewriting or the new message. It keeps the contract of outbox.Carrier.
func (c *Client) Carry(ctx context.Context, it outbox.Item) (outbox.Sent, error) {
	var out bot.Out
	if err := json.Unmarshal(it.Body, &out); err != nil || out.Chat == 0 {
		return outbox.Sent{}, outbox.Refused{Err: errors.New("the body is no message")}
	}
	var sent outbox.Sent
	left, err := c.erase(ctx, out.Chat, out.Delete)
	if err != nil {
		return outbox.Sent{}, verdict(err)
	}
	sent.Left = left
	if out.Text == "" && out.File == nil {
		return sent, nil
	}
	if out.Edit != 0 {
		sent.Message = out.Edit
		err = c.rewrite(ctx, out)
		if classify(err) != goneCard {
			return sent, verdict(err)
		}
		// The card is gone. What is about someone in danger is never said in a
		// message of its own; an answer to a check must not be lost.
		if it.Class != outbox.Check {
			sent.Message = 0
			return sent, nil
		}
		out.Edit = 0
	}
	sent.Message, err = c.send(ctx, out)
	return sent, verdict(err)
}

// verdict tells the outbox what a failure means for its item.
func verdict(err error) error {
	var e *Error
	_ = errors.As(err, &e)
	switch classify(err) {
	case done:
		return nil
	case later:
		l := outbox.Later{Err: err}
		if e != nil {
			l.After, l.Slow = e.RetryAfter, e.Code == 429
		}
		return l
	case unknown:
		return outbox.Later{Unsure: true, Err: err}
	case gone:
		return outbox.Gone{Err: err}
	case forbidden, conflict: // the operator must mend this; nothing is lost until then
		return outbox.Later{Err: err}
	}
	return outbox.Refused{Code: e.Code, Err: err}
}

func compose(out bot.Out) textMessage {
	m := textMessage{Chat: out.Chat, Text: out.Text, Parse: "HTML", Preview: previewOff{true}, Keyboard: buttons(out.Rows)}
	if out.Edit != 0 {
		m.Message = out.Edit
		return m
	}
	m.Topic, m.Silent, m.Protect = out.Topic, out.Silent, out.Protect
	if out.Reply != 0 {
		m.Reply = &replyTo{out.Reply, true}
	}
	return m
}

// document is a file with words under it.
type document struct {
	Chat     int64     `json:"chat_id"`
	Topic    int       `json:"message_thread_id,omitempty"`
	Caption  string    `json:"caption,omitempty"`
	Parse    string    `json:"parse_mode"`
	Reply    *replyTo  `json:"reply_parameters,omitempty"`
	Keyboard *keyboard `json:"reply_markup,omitempty"`
	Silent   bool      `json:"disable_notification,omitempty"`
	Protect  bool      `json:"protect_content,omitempty"`
}

func (c *Client) send(ctx context.Context, out bot.Out) (int, error) {
	var got struct {
		ID int `json:"message_id"`
	}
	post := func() error {
		m := compose(out)
		if out.File == nil {
			return c.Call(ctx, "sendMessage", m, &got)
		}
		d := document{m.Chat, m.Topic, m.Text, m.Parse, m.Reply, m.Keyboard, m.Silent, m.Protect}
		return c.upload(ctx, "sendDocument", d, "document", *out.File, &got)
	}
	err := post()
	var e *Error
	if errors.As(err, &e) && classify(err) == moved {
		out.Chat = e.MigrateTo
		err = post()
	}
	return got.ID, err
}

func (c *Client) rewrite(ctx context.Context, out bot.Out) error {
	return c.Call(ctx, "editMessageText", compose(out), nil)
}

// erase deletes messages and answers the ids of those that cannot be deleted.
// The call for many answers True while it skips ids it does not know, and
// fails whole for one that may not be deleted; then they go one by one.
func (c *Client) erase(ctx context.Context, chat int64, ids []int) (left []int, err error) {
	for len(ids) > 0 {
		n := min(len(ids), deleteBatch)
		batch := ids[:n]
		ids = ids[n:]
		if n > 1 {
			err := c.Call(ctx, "deleteMessages", struct {
				Chat     int64 `json:"chat_id"`
				Messages []int `json:"message_ids"`
			}{chat, batch}, nil)
			switch classify(err) {
			case done:
				continue
			case refused, undying, goneCard: // one of them spoils it
			default:
				return left, err
			}
		}
		for _, id := range batch {
			err := c.Call(ctx, "deleteMessage", struct {
				Chat    int64 `json:"chat_id"`
				Message int   `json:"message_id"`
			}{chat, id}, nil)
			switch classify(err) {
			case done, goneCard:
			case undying:
				left = append(left, id)
			default:
				return left, fmt.Errorf("delete: %w", err)
			}
		}
	}
	return left, nil
}
