// Package flows holds the conversations: what is asked, in which order, and
// what is said, as values. It knows no clock, network, database or messenger.
package flows

import "github.com/offercheck/offercheck/flows/check"

// Key names a message of the catalogue (locales/<lang>/messages.<lang>.toml).
type Key string

// Input is one thing a person did: sent a message, gave a command, tapped.
type Input struct {
	Command string // without the slash, lower case; "" when it is no command
	Arg     string // what followed the command; opaque, changes nothing visible
	// Text is every readable field of the message, one part a line: text or
	// caption, addresses behind links, button labels and addresses, quote,
	// external reply, forward origin, contact, poll, venue.
	Text      string
	Tap       *Tap
	Files     []File
	Message   int    // id of the message this came from, 0 when unknown
	Album     string // the same for all parts of an album
	Edited    bool   // an edit of an earlier message
	Forwarded bool   // forwarded or quoted: not the person's own words
	Sent      int64  // when it was sent, Unix seconds by the messenger's clock, 0 when unknown
	Lang      string // the messenger's language code, a first guess only
	Group     bool   // from a group chat, where the bot is silent unless called
	Called    bool   // in a group: by command, mention or reply
	Now       int64  // Unix seconds by the house's clock, 0 when unknown
	Late      bool   // read more than two minutes after it was done
	Random    string // sixteen random digits of this input's own
	Found     *Found // the answer to the Ask of this input's first turn
	Refused   Key    // the report of this input's first turn was not taken, and why
}

// Tap is a button that was pressed.
type Tap struct {
	Nonce, Step, Value string
	Message            int // the message the button hangs on
}

// File is an attachment. Text is what a reader made of it; Unread says why
// there is none. With both, the text was read badly: signs found in it count,
// but finding none says nothing.
type File struct {
	ID, Name, MIME string
	Kind           string // photo document voice video sticker location contact other
	Size           int64
	Text           string
	Unread         Key
	Message        int // it came in another message than the input's own
}

// Part is one paragraph of a message. When a message would be too long, parts
// are left out whole, highest Drop first; Drop 0 always stays.
type Part struct {
	Key  Key
	Args map[string]any // a Key is said in the reader's language, a Quote is set apart, a string is escaped
	Drop int
	// Under sets it on the next line below the part before it; it goes when
	// that one goes.
	Under bool
}

// Quote is somebody's own words, or what they sent: shown as written, never as
// a link that can be tapped.
type Quote string

// Button is one button. Key is its label in the catalogue, or Label is the
// label itself (a language's own name). URL makes it a link.
type Button struct {
	Key         Key
	Label       string
	Step, Value string
	URL         string
}

// Say is one message to the person.
type Say struct {
	Parts []Part
	Rows  [][]Button
	Slot  string // the latest message of a slot replaces one that was not sent yet
	Pop   bool   // the text of the tap's pop-up instead of a message
	Edit  int    // rewrite this message in place instead of sending a new one
	// Silent: without a notification.
	Silent bool
	// Danger is never sent, only edited into a message that is there. Without
	// Edit a start card is sent first, and this is edited into it.
	Danger bool
	// Cover passes everything else on its way out.
	Cover bool
	// Packet comes with the message as a file.
	Packet *Packet
}

// Answer is one answer given. Message remembers where it came from, so that an
// edit can replace it. A private answer has a Part and no Values.
type Answer struct {
	Step    string   `json:"s"`
	Values  []string `json:"v,omitempty"`
	Skipped bool     `json:"k,omitempty"`
	Message int      `json:"m,omitempty"`
	Part    string   `json:"p,omitempty"`
	// Again: the person went back to it. It does not count; the next answer
	// replaces its part.
	Again bool `json:"a,omitempty"`
	// Open: several may be chosen and more may follow.
	Open bool `json:"o,omitempty"`
}

// Answers are kept in the order they were given.
type Answers []Answer

// Session is what is kept between turns: what was said, never where we are.
type Session struct {
	Lang    string   `json:"lang,omitempty"` // chosen language, "" before the first turn
	Country string   `json:"country,omitempty"`
	Flow    string   `json:"flow,omitempty"`
	Nonce   string   `json:"nonce,omitempty"` // of the prompt on screen
	Answers Answers  `json:"answers,omitempty"`
	Texts   []string `json:"texts,omitempty"` // parts of the case being checked
	From    []int    `json:"from,omitempty"`  // message ids the texts came from
	Shown   []int    `json:"shown,omitempty"` // ids of messages the bot sent
	Last    int64    `json:"last,omitempty"`  // Input.Sent of the last part of the case
	Voted   bool     `json:"voted,omitempty"` // said whether the result was useful
	Offered string   `json:"offer,omitempty"` // the language offered last, so that it is offered once
	Tried   []Tried  `json:"tried,omitempty"` // fingerprints of the cases checked lately, to know variants
	Report  *Report  `json:"report,omitempty"`
	Quoted  bool     `json:"quoted,omitempty"` // a part of the case was forwarded, quoted or read from a file
	// Quiet: a danger talk was had here. Nothing said in this chat makes a sound
	// for as long as the session lives.
	Quiet bool `json:"quiet,omitempty"`
	// Draft is the loss report or tip in hand.
	Draft *Draft `json:"draft,omitempty"`
	// Number leads to the report whose answer is on the screen.
	Number string `json:"number,omitempty"`
	// Album are the files of an album that is still coming, for minutes: under a
	// later one of its pictures there may be a cry.
	Album *Album `json:"album,omitempty"`
}

// Album is what came of an album so far.
type Album struct {
	ID    string `json:"id"`
	Files []File `json:"files"`
}

// Turn is what follows from an input: the new session and what is said.
type Turn struct {
	Session Session
	Say     []Say
	Verdict *check.Verdict // set when a check was made, for counting only
	Vote    string         // "useful" or "not_useful", for counting only
	Wipe    []int          // messages to delete
	Forget  bool           // delete everything kept about this chat
	Report  *Filing        // what is added to a report
	Ask     *Ask           // a question to the house; then nothing else of this turn counts
	Remind  *Remind        // reminders that were asked for, or given up
}

// Remind replaces the reminders of a chat: without any it ends them.
type Remind struct{ Due []Due }
