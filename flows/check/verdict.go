package check

// Outcome is what a check says, in the order of product weight.
type Outcome string

// The seven outcomes. NoMatch is never a clearance; Confirmed comes only from
// a register the operator loaded.
const (
	Trafficking Outcome = "trafficking"
	Scam        Outcome = "scam"
	Caution     Outcome = "caution"
	Unclear     Outcome = "unclear"
	NoMatch     Outcome = "no_match"
	Danger      Outcome = "danger"
	Confirmed   Outcome = "confirmed"
)

// Kind is the family of the scheme.
type Kind string

// The kinds a verdict can name; None goes with no_match.
const (
	Recruitment   Kind = "recruitment"
	Task          Kind = "task"
	Fee           Kind = "fee"
	Investment    Kind = "investment"
	Romance       Kind = "romance"
	Impersonation Kind = "impersonation"
	Recovery      Kind = "recovery"
	Loan          Kind = "loan"
	Gambling      Kind = "gambling"
	Mule          Kind = "mule"
	Phishing      Kind = "phishing"
	Other         Kind = "other"
	None          Kind = "none"
)

// Strength says how much a sign carries alone.
type Strength string

// Strong may carry a verdict, Medium needs company, Weak is context only.
const (
	Strong Strength = "strong"
	Medium Strength = "medium"
	Weak   Strength = "weak"
)

// Case is everything one person gave about one offer: the texts in the order
// they came, and what they answered to guided questions.
type Case struct {
	Texts []string
	// Facts are signs asserted (true) or denied (false) by an answer.
	Facts map[string]bool
	// Tags are plain circumstances from answers: "abroad", "stage:travelling".
	Tags []string
}

// Verdict is the whole answer of a check. It holds ids and spans, no words of
// any language but the person's own.
type Verdict struct {
	Outcome  Outcome
	Kind     Kind
	Language string  // best guess of the text's language, "und" when none
	Score    float64 // 0 to 1, for ranking by machines; never shown to people
	Signs    []Found // strongest first; silent signs are left out
	Entities []Entity
	Corridor string   // id of the corridor row that fits, "" when none
	Stage    Stage    // how far the scheme has come
	Advice   []string // advice ids, most urgent first
	Ask      []string // ids of questions to put to the other side

	Print   Fingerprint // of the whole case, to know variants of it again
	Printed bool        // false when the text is too short to have one
}

// Found is one sign with the words that showed it.
type Found struct {
	ID       string
	Strength Strength
	Spans    [][2]int // byte ranges in the joined text
	Quotes   []string // the person's own words, as written
	Sources  []Source // published by (P) before reported by (S)
	Asked    bool     // known from an answer, not from words
}

// Source is where a sign was published ("P") or reported ("S").
type Source struct {
	Mark      string // "P" or "S"
	Publisher string
	Title     string
	Date      string // as printed by the source, may be empty
	URL       string // empty when no address was kept
}

// Entity is a value found in the text.
type Entity struct {
	Type  string // domain url telegram whatsapp line phone email btc eth tron sol money place date
	Value string // normalised: E.164, lower-case domain, checksummed address as written
	Valid bool   // checksum, format or public suffix holds
	Span  [2]int // byte range in the text as given

	Amount   float64 // money: the number
	Currency string  // money: ISO 4217 or USDT, BTC …
	Period   string  // money: hour day week month year task, "" when none
	Country  string  // place, phone: ISO 3166-1 alpha-2
	Place    string  // place: id in places.toml
	Hub      bool    // place: a documented compound area or transit point
	Transit  bool    // place: a town people live in, on the way to one
}

// Stage is how far a scheme has come with this person.
type Stage string

// The stages; travelling is asked for work abroad and holds over the others.
const (
	StageContact    Stage = "contact"
	StageMoved      Stage = "moved"
	StageTrust      Stage = "trust"
	StagePayment    Stage = "payment"
	StageBlocked    Stage = "blocked"
	StageRecovery   Stage = "recovery"
	StageTravelling Stage = "travelling"
)
