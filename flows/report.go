package flows

// The kinds of reports: from somebody held or escaping, of money lost, of an
// offer, recruiter, site, wallet or place.
const (
	Compound = "compound"
	Loss     = "loss"
	Tip      = "tip"
)

// Whom a report is for.
const (
	ForSelf    = "self"
	ForSomeone = "someone"
	ForPublic  = "public"
)

// Report is what a session knows of the report in hand. What was answered at a
// private step is not in it, nor anywhere else in the session.
type Report struct {
	Kind string `json:"kind"`
	// Live: the talk is on. When a compound report is covered nothing of it stays
	// in the session: only its way back opens it.
	Live bool `json:"live,omitempty"`
	// Gap: the card was covered because what came was old. What else comes of
	// that time is still sealed; the first thing in time ends the talk.
	Gap bool `json:"gap,omitempty"`
	// Lines: no report is taken in this language. The talk shows public lines and
	// keeps nothing.
	Lines bool `json:"lines,omitempty"`
	// Card is the message a danger talk lives in, 0 until the messenger named it.
	Card int `json:"card,omitempty"`
	// Parts is how many parts were sealed; the next is named after it.
	Parts int `json:"parts,omitempty"`
	// Filed: a case exists.
	Filed bool `json:"filed,omitempty"`
	// Opening are the words that opened the door while nobody takes them: sealed
	// with the first tap that somebody takes, dropped when the talk ends before.
	Opening string `json:"opening,omitempty"`
	// Since is when the cry that opened the door was sent and Album its album: what
	// comes beside it joins it.
	Since int64  `json:"since,omitempty"`
	Album string `json:"album,omitempty"`
	// Last is the tap that drew the card as it stands.
	Last LastTap `json:"last,omitzero"`
	// Warm: whom to call comes first on the next card.
	Warm bool `json:"warm,omitempty"`
	// Order is the order number until "I have it" was tapped, so that it can be
	// shown again.
	Order string `json:"order,omitempty"`
	// Until is when Order is forgotten, by the house's clock.
	Until int64 `json:"until,omitempty"`
	// Both: pictures were chosen besides the number, and can show it again.
	Both bool `json:"both,omitempty"`
	// Kept is an order number of a talk that was left before the person had it, kept
	// until Till: the pictures chosen besides show it once more.
	Kept string `json:"kept,omitempty"`
	Till int64  `json:"till,omitempty"`
	// Way: a way back was set.
	Way bool `json:"way,omitempty"`
	// Again: the talk goes on in a case that its way back opened. Its parts are
	// named after Run, so that they do not meet those of an earlier talk.
	Again bool   `json:"again,omitempty"`
	Run   string `json:"run,omitempty"`
}

// LastTap is what is remembered of a tap, so that the same one again is known: by
// the house's clock, the nonce it had, and what it was on, without its value at a
// private step.
type LastTap struct {
	At    int64  `json:"at"`
	Nonce string `json:"nonce"`
	On    string `json:"on"`
}

// Entry is one answer of a report. Its values are sealed to the case and stand
// nowhere else. Replaces names the part it takes the place of, and with it go
// all later parts of the same step: where several may be chosen each is a part.
// Without values it only takes back.
type Entry struct {
	Part     string   `json:"part"`
	Step     string   `json:"step"`
	Values   []string `json:"values,omitempty"`
	Replaces string   `json:"replaces,omitempty"`
}

// Value is something a report names that other reports may name too: a wallet,
// tx, domain, url, handle, phone, email, iban or company.
type Value struct{ Kind, Value string }

// Way is a way back somebody chose: four of twelve pictures in an order, with a
// second order that means "I am being watched", or an order number.
type Way struct {
	Pictures, Duress []int
	Order            string
}

// Contact is what was agreed about being written to first: a window by the
// place's clock and the number of the sentence that may be used. An empty one
// takes back what was agreed before.
type Contact struct {
	From, To string // hh:mm
	Country  string
	Sentence int
}

// The names in Filing.Taps of a compound report. A tap that was not given is not
// there.
const (
	TapFor         = "for"          // self someone
	TapWhat        = "what"         // hurt moved held out afraid
	TapDanger      = "danger"       // now soon no
	TapCountry     = "country"      // ISO 3166-1 alpha-2, of where the person is
	TapNationality = "nationality"  // ISO 3166-1 alpha-2
	TapAge         = "age"          // under18 adult
	TapMinor       = "minor"        // yes no
	TapInjured     = "injured"      // yes no
	TapEscaping    = "escaping"     // yes
	TapRansomDue   = "ransom_due"   // yes no
	TapTravel      = "travel"       // hours until the journey, 0 when it has begun
	TapContact     = "contact_days" // days since the family heard from the person
	TapEmbassy     = "consent_embassy"
	TapNGO         = "consent_ngo"
	TapPolice      = "consent_police"
	TapVeto        = "veto"         // yes: do not send police
	TapPaying      = "still_paying" // yes no, of a loss
	TapPaid        = "paid_hours"   // hours since the last payment, of a loss
)

// Filing is what a turn adds to a report. Whoever takes the turn seals the
// entries before it is committed.
type Filing struct {
	Kind, For string
	// Taps are the answers at steps that are not private: what routing and
	// priority read, until the talk ends.
	Taps    map[string]string
	Entries []Entry
	Values  []Value
	Files   []File // evidence: fetched, sealed, then deleted from the chat
	Way     *Way
	Contact *Contact
	Words   string // of this turn, read for the priority and never stored
	Begin   bool   // a case of its own begins
	End     bool   // the talk ends
	Erase   bool   // everything that could read the case goes
}

// Ask is what only the house can answer: whether pictures or a number lead to a
// mailbox. It is answered by a second turn, whose Input carries Found.
type Ask struct {
	Pictures []int
	Order    string
	// Do is always "": to open the mailbox, which takes its case in hand until
	// the talk ends. Who reads a letter in it asks again.
	Do string
}

// Found is the house's answer to an Ask. Watched and a wrong way look alike to
// whoever holds the phone.
type Found struct {
	OK      bool
	Watched bool // the second order: told to the hotline, shown as nothing new
	Slow    bool // too many tries today
	Status  Key  // how the case stands, one of the Status keys
	Letters []string
	Kind    string // of the case
	Ends    int64  // when the case goes, Unix seconds, 0 when that is not near
	Left    int    // messages of the person that could not be taken away
}

// Office is who reads a report, as far as it may be told now.
type Office struct {
	Known  bool   // false: nobody takes this report
	Name   string // its own name
	Open   bool   // somebody is awake
	Opens  string // when next, hh:mm by the place's clock, "" when unknown
	Within Key    // the usual time to an answer, "" when unknown
	Lines  []Line // public lines for this place and nationality, the most fitting first
}

// How a case stands, as its mailbox says it.
const (
	StatusReceived Key = "dg_status_received"
	StatusReading  Key = "dg_status_reading"
	StatusWaiting  Key = "dg_status_waiting"
	StatusPassed   Key = "dg_status_passed"
	StatusClosed   Key = "dg_status_closed"
	StatusUnopened Key = "dg_status_unopened" // everybody was called and nobody has opened it
)

// How long an answer usually takes: Office.Within.
const (
	WithinMinutes Key = "dg_within_minutes" // a quarter of an hour
	WithinHours   Key = "dg_within_hours"   // two hours
	WithinHalfDay Key = "dg_within_half"    // four hours
	WithinDays    Key = "dg_within_days"    // two days
)

// Why a report was not taken after all: Input.Refused of a second turn.
const (
	NoOffice = Key("no_office") // nobody takes it any more
	TooMany  = Key("slow_down") // too many from one account
)

// Start is the start card: what a card of a danger talk becomes when it is
// covered, the same for everybody.
func (b *Book) Start() Say { return b.start() }
