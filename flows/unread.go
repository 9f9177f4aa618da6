package flows

import (
	"slices"

	"github.com/offercheck/offercheck/flows/check"
)

// Why a file gave no text, or a text that was read badly.
const (
	UnreadHere   Key = "files_received" // nothing here reads such files
	UnreadPoor   Key = "unread_poor"    // looked at, and not made out well
	UnreadLarge  Key = "unread_large"
	UnreadLocked Key = "unread_locked" // needs a password
	UnreadBroken Key = "unread_broken" // damaged, or not what it says it is
	UnreadKind   Key = "unread_kind"   // of a kind that is never read
)

// Reading is what is said while files are read.
func Reading() Say { return say("reading") }

// UnreadKeys are the messages about files that gave no text, and the one said
// while they are read.
func UnreadKeys() []Key {
	return []Key{"reading", UnreadHere, UnreadPoor, UnreadLarge, UnreadLocked, UnreadBroken, UnreadKind}
}

// unreadKey says why files gave no text: what is known of the first of them.
func unreadKey(in Input) Key {
	for _, f := range in.Files {
		if f.Unread != "" && slices.Contains(UnreadKeys(), f.Unread) {
			return f.Unread
		}
	}
	return UnreadHere
}

// blurred says whether a message is nothing but files read badly. What is not
// found in such a text may stand there all the same, so only a warning counts.
func blurred(in Input) bool {
	some := false
	for _, f := range in.Files {
		if readable(f.Text) && f.Unread == "" {
			return false
		}
		some = some || readable(f.Text)
	}
	return some && !readable(in.Text)
}

// warned says whether an outcome is one that a badly read text can have: what
// was found was there.
func warned(o check.Outcome) bool {
	return o != check.NoMatch && o != check.Unclear && o != check.Confirmed
}
