// Package bot turns one update into one transaction: seen, session, turn,
// outbox. It is stateless between updates; everything durable lies under
// reports.
//
// The map of the room:
//
//   - bot.go: what comes in (Update), what goes out (Out), what is answered at once (Reply)
//   - handle.go: Bot, Handle and what happens when an update makes it fail
//   - report.go: what a turn adds to a report, sealed before it is committed; covers, evidence
//   - keep.go: what is done by the clock: idle covers, the purge
//   - remind.go: reminders that were asked for, and drafts whose time is over
//   - packet.go: a person's own answers as a page and as a table
//   - facts.go: the taps of a report as routing reads them
//   - read.go: what happens with files before the turn is taken
//   - store.go: the tables of updates and sessions, and all SQL of this room
//   - render.go: a message of the conversations in words that fit
//   - telegram, terminal: the two faces
package bot

import "github.com/offercheck/offercheck/flows"

// Update is one thing that happened in a chat, free of the messenger's words.
type Update struct {
	ID    int64 // unique and growing for one bot; the key of exactly-once
	Chat  int64
	Group bool
	Topic int
	Tap   string // id to answer a tap with, "" when it is no tap
	// Inline is the id of an inline query, answered at once and never stored.
	Inline string
	// Waited: it may have waited at the messenger while nobody took updates. A tap
	// does not say when it was made.
	Waited bool
	// Left is set when the person blocked the bot (true) or came back.
	Left *bool
	// Title and admin rights are not kept; Admin says whether the sender may
	// change a group's settings, asked for only when a setting is changed.
	Sender int64
	In     flows.Input
}

// Out is what goes to the messenger: the body of an outbox item of kind
// "telegram". Text is Telegram HTML and already fits.
type Out struct {
	Chat   int64      `json:"chat"`
	Topic  int        `json:"topic,omitempty"`
	Reply  int        `json:"reply,omitempty"` // message answered, in groups
	Text   string     `json:"text,omitempty"`
	Rows   [][]Button `json:"rows,omitempty"`
	Edit   int        `json:"edit,omitempty"`   // rewrite this message
	Delete []int      `json:"delete,omitempty"` // delete these messages
	Silent bool       `json:"silent,omitempty"` // no notification
	// Protect forbids forwarding and saving.
	Protect bool `json:"protect,omitempty"`
	// Then is written into the message once it is there, when a danger talk is
	// still on by then.
	Then *Out `json:"then,omitempty"`
	// Notice is a message that only says that something is being done: it is
	// taken away when that is done.
	Notice bool `json:"notice,omitempty"`
	// File is sent with Text under it.
	File *Upload `json:"file,omitempty"`
}

// Upload is a file that was made for a person.
type Upload struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Button is a rendered button: Data of at most 64 bytes, or a URL.
type Button struct {
	Text string `json:"text"`
	Data string `json:"data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Reply is what an update needs as an answer of its own, outside the outbox:
// the pop-up of a tap, the results of an inline query. Handle answers it with
// `Handle(ctx, Update) (Reply, error)`; an error is database trouble and
// nothing else, and then the same update comes again.
type Reply struct {
	Pop    string // plain text of the tap's pop-up, at most 200 characters; "" for none
	Inline []InlineResult
	// Cover is a cover that was queued: whoever can delivers it at once, and the
	// outbox does it again.
	Cover *Out
}

// InlineResult is one result of an inline query. Text is Telegram HTML and
// already fits.
type InlineResult struct {
	ID          string // at most 64 bytes
	Title       string
	Description string
	Text        string
}
