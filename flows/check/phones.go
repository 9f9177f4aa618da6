package check

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// maxPhones bounds the phone numbers read in one message.
const maxPhones = 4

// phoneSpan is a run of digits that may be a phone number.
type phoneSpan struct {
	start, end int
	whatsapp   bool
}

// phoneEnd gives the end of a run of digits and the marks people put between
// them, from i on.
func phoneEnd(t string, i int) int {
	end, digits, gap := i, 0, 0
	for i < len(t) {
		r, n := utf8.DecodeRuneInString(t[i:])
		switch {
		case digitOf(r) >= 0:
			if digits++; digits > 15 {
				return end
			}
			gap = 0
			i += n
			end = i
			continue
		case r == ' ' || r == '-' || r == '.' || r == '(' || r == ')' || r == 0xA0 || r == '‑' || r == '–':
			if gap++; gap > 2 {
				return end
			}
			i += n
			continue
		}
		break
	}
	return end
}

// phone takes the digits at i for a phone number to be looked at in the end,
// when the language of the text hints where a local number belongs.
func (s *scan) phone(i int) (int, bool) {
	t := s.text
	start := i
	plus := i > 0 && t[i-1] == '+'
	if plus {
		start--
	}
	end := phoneEnd(t, i)
	n := 0
	for _, r := range t[i:end] {
		if digitOf(r) >= 0 {
			n++
		}
	}
	local := t[i] == '0' || n == 11 && t[i] == '1' || digitOf(firstRune(t[i:])) == 0
	if n < 8 || n > 15 || !plus && !local {
		return i, false
	}
	if end < len(t) && alnum(t[end]) {
		return i, false
	}
	return end, s.addCall(phoneSpan{start, end, false})
}

func (s *scan) addCall(p phoneSpan) bool {
	if s.ncall == maxPhones {
		return false
	}
	s.calls[s.ncall] = p
	s.ncall++
	s.done = p.end
	return true
}

// finishPhones reads the spans kept on the way.
func (s *scan) finishPhones() {
	for _, c := range s.calls[:s.ncall] {
		var buf [24]byte
		num := buf[:0]
		for k, r := range s.text[c.start:c.end] {
			if d := digitOf(r); d >= 0 {
				num = append(num, byte('0'+d))
			} else if k == 0 && r == '+' {
				num = append(num, '+')
			}
		}
		raw := string(num)
		if strings.HasPrefix(raw, "00") {
			raw = "+" + raw[2:]
		}
		if raw[0] == '+' {
			s.addPhone(raw, "", c, true)
			continue
		}
		tried := false
		for _, region := range s.regions(raw) {
			if tried = s.addPhone(raw, region, c, false); tried {
				break
			}
		}
		if !tried && c.whatsapp && raw[0] != '0' {
			s.addPhone("+"+raw, "", c, false) // people leave the plus out
		}
	}
}

// regions are the countries a local number may belong to, likeliest first.
func (s *scan) regions(raw string) []string {
	out := s.tried[:0]
	add := func(seen bool, region string) {
		if seen {
			out = append(out, region)
		}
	}
	add(s.thai, "TH")
	add(s.burmese, "MM")
	add(s.viet, "VN")
	add(s.hangul, "KR")
	add(s.han, "CN")
	add(s.cyrillic, "RU")
	if len(out) == 0 && strings.HasPrefix(raw, "08") && s.malay() {
		out = append(out, "ID")
	}
	return out
}

// malay reports whether the text has the little words of Indonesian.
func (s *scan) malay() bool {
	for _, w := range [...]string{" yang ", " dan ", " untuk ", "gaji", "kerja", "hubungi", "lowongan", " bisa ", " saya "} {
		if strings.Contains(s.text, w) {
			return true
		}
	}
	return strings.Contains(s.text, "Hubungi") || strings.Contains(s.text, "Gaji") || strings.Contains(s.text, "Lowongan")
}

// addPhone files a number that can exist; sure ones are kept even when they
// do not, marked so.
func (s *scan) addPhone(raw, region string, c phoneSpan, sure bool) bool {
	n, err := phonenumbers.Parse(raw, region)
	if err != nil {
		return false
	}
	valid := phonenumbers.IsValidNumber(n)
	if !valid && (!sure || !phonenumbers.IsPossibleNumber(n)) {
		return false
	}
	e := Entity{Type: "phone", Value: phonenumbers.Format(n, phonenumbers.E164), Valid: valid, Span: [2]int{c.start, c.end}, Country: phonenumbers.GetRegionCodeForNumber(n)}
	if e.Country == "" || e.Country == "ZZ" {
		e.Country = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	if len(e.Country) != 2 || e.Country == "ZZ" {
		e.Country = ""
	}
	if c.whatsapp {
		e.Type = "whatsapp"
	}
	s.out = append(s.out, e)
	return true
}

func firstRune(t string) rune {
	r, _ := utf8.DecodeRuneInString(t)
	return r
}
