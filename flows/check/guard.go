package check

import (
	"slices"
	"unicode/utf8"
)

// A cue found in the text.
type cue struct {
	kind       int32
	start, end int32
	sentence   int32
}

// A finding is a sign found in words, before the guard has read who speaks.
type finding struct {
	sign, lang int32
	start, end int32
	sentence   int32
	muted      bool
	own        bool // captivity said of the speaker or of somebody they know
}

// stance is who speaks: one who warns, or one who offers.
type stance struct {
	warning  bool // the message warns, teaches or reports
	mentions bool // something in it warns or reports
	fiction  bool
	warns    float64
	offers   float64
}

// weigh reads the stance of the whole message. The same words stand in a lure
// and in the warning about it; what differs is whether somebody offers or asks
// for something here and now. A lure that warns of others still offers.
func (s *scratch) weigh(contact float64) stance {
	var n [cues]float64
	last := [cues]int32{}
	for i := range last {
		last[i] = -1
	}
	for _, c := range s.cues {
		if c.start < last[c.kind] {
			continue // overlaps one that was counted
		}
		last[c.kind] = c.end
		n[c.kind]++
	}
	st := stance{fiction: n[cueFiction] > 0}
	st.warns = 2*min(n[cueWarn], 3) + 1.5*min(n[cueReported], 3) + min(n[cueProhibit], 3) + min(n[cueNeverWe], 2)
	st.offers = 1.5*min(n[cueOffer], 3) + contact + 2*min(n[cueDisclaim], 2) + 2*min(n[cueAsks], 2)
	// Do-nots alone make no warning: who lures forbids and assures too.
	st.warning = n[cueWarn]+n[cueReported] > 0 && st.warns >= 2 && st.warns > st.offers
	st.mentions = n[cueWarn]+n[cueReported] > 0
	return st
}

// mute takes out what the message says about signs without showing them.
func (c *Checker) mute(s *scratch, st stance) {
	for i := range s.findings {
		f := &s.findings[i]
		held := c.facts.signs[f.sign].Group == "INS"
		f.own = held && s.own(f, st)
		// Words in quotation marks are shown, not said, where somebody warns.
		f.muted = f.muted || st.mentions && s.quoted(f.start)
		var told, meant bool // told about; meant here and now
		for _, q := range s.cuesOf(f.sentence) {
			switch q.kind {
			case cueNeverWe:
				// "we never ask for your code" is an honest sender
				f.muted = f.muted || q.start < f.end
			case cueProhibit:
				// who is held tells what is forbidden; nobody is advised
				f.muted = f.muted || !held && s.governs(q, f)
			case cueWarn, cueReported:
				told = true
			case cueOffer, cueFirst:
				meant = true
			}
		}
		// Who warns and then asks for something in a sentence of its own still asks.
		// And who is held may name the crime, warn others, or ask what is true.
		if st.warning && (told || !meant) && !f.own {
			f.muted = true
		}
	}
}

// own says whether the sentence of a finding says of the speaker, or of somebody
// they know, that they are held: "they beat me", "my brother is locked in". Such
// words in quotation marks are somebody else's.
func (s *scratch) own(f *finding, st stance) bool {
	for _, q := range s.cuesOf(f.sentence) {
		if q.kind == cueCaptive && !(st.mentions && s.quoted(q.start)) {
			return true
		}
	}
	return false
}

// captive says whether a match lies within such words.
func (s *scratch) captive(m match) bool {
	return slices.ContainsFunc(s.cuesOf(m.sentence), func(q cue) bool { return q.kind == cueCaptive && q.start <= m.start && m.end <= q.end })
}

// quoted says whether words begin within quotation marks that do not hold
// the whole message.
func (s *scratch) quoted(start int32) bool {
	for i := 0; i+1 < len(s.quotes); i += 2 {
		a, b := s.quotes[i], s.quotes[i+1]
		if a <= start && start < b && int(b-a)*10 < len(s.text)*8 {
			return true
		}
	}
	return false
}

// governs says whether a do-not stands over the finding: before it, in the same
// clause, a few words off.
func (s *scratch) governs(c cue, f *finding) bool {
	if c.end > f.start || f.start-c.end > gapSpaced*utf8.UTFMax {
		return false
	}
	for _, k := range s.clause {
		if k >= c.end && k <= f.start {
			return false
		}
	}
	return utf8.RuneCount(s.text[c.end:f.start]) <= gapSpaced
}

// has says whether a cue stands in the sentence, or anywhere for -1.
func (s *scratch) has(kind, sentence int32) bool {
	for _, c := range s.cues {
		if c.kind == kind && (sentence < 0 || c.sentence == sentence) {
			return true
		}
	}
	return false
}
