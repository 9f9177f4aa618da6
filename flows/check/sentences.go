package check

// Where the cues and the findings of each sentence stand: they are kept in the
// order of their sentences, and what is asked of them is asked of one sentence.

// cuesOf are the cues of a sentence.
func (s *scratch) cuesOf(sentence int32) []cue {
	return s.cues[s.cueAt[sentence]:s.cueAt[sentence+1]]
}

// findingsOf are the findings of a sentence that words showed.
func (s *scratch) findingsOf(sentence int32) []finding {
	return s.findings[s.findAt[sentence]:s.findAt[sentence+1]]
}

// cuesChanged tells anew where the cues of each sentence stand.
func (s *scratch) cuesChanged() {
	s.cueAt = starts(s.cueAt[:0], len(s.stops), len(s.cues), func(i int) int32 { return s.cues[i].sentence })
}

func (s *scratch) findingsChanged() {
	s.findAt = starts(s.findAt[:0], len(s.stops), len(s.findings), func(i int) int32 { return s.findings[i].sentence })
}

// starts tells where the rows of each sentence begin, and where the last end.
func starts(to []int32, sentences, rows int, sentence func(row int) int32) []int32 {
	at := 0
	for k := range sentences {
		for at < rows && sentence(at) < int32(k) {
			at++
		}
		to = append(to, int32(at))
	}
	return append(to, int32(rows))
}
