package check

import (
	"strings"
	"unicode/utf8"
)

// date reads a date or a time of day written with digits at i, so that its
// numbers are taken for nothing else. Only a full date becomes an entity.
func (s *scan) date(i int) (int, bool) {
	t := s.text
	a, na, j := smallNumber(t, i)
	if na == 0 || j >= len(t) {
		return i, false
	}
	if na == 4 && a >= 1900 && a < 2100 && strings.HasPrefix(t[j:], "年") {
		m, nm, k := smallNumber(t, j+len("年"))
		if nm == 0 || !strings.HasPrefix(t[k:], "月") {
			return j + len("年"), true
		}
		k += len("月")
		d, nd, e := smallNumber(t, k)
		if nd == 0 {
			return k, true
		}
		for _, w := range [...]string{"日", "号", "號"} {
			if strings.HasPrefix(t[e:], w) {
				e += len(w)
				break
			}
		}
		return s.addDate(a, m, d, i, e)
	}
	sep := t[j]
	if sep == ':' && na <= 2 && a < 24 {
		m, nm, k := smallNumber(t, j+1)
		if nm == 2 && m < 60 && (k >= len(t) || t[k] != ':' || true) {
			return k, true // a time of day
		}
		return i, false
	}
	if sep != '-' && sep != '/' && sep != '.' {
		return i, false
	}
	b, nb, k := smallNumber(t, j+1)
	if nb == 0 || nb > 2 || k >= len(t) || t[k] != sep {
		return i, false
	}
	c, nc, e := smallNumber(t, k+1)
	if e < len(t) && (digit(t[e]) || t[e] == sep && e+1 < len(t) && digit(t[e+1])) {
		return i, false
	}
	switch {
	case na == 4 && nc > 0 && nc <= 2 && a >= 1900 && a < 2100:
		return s.addDate(a, b, c, i, e)
	case na <= 2 && nc == 4 && c >= 1900 && c < 2200:
		if b > 12 {
			a, b = b, a // month first
		}
		return s.addDate(c, b, a, i, e)
	}
	return i, false
}

func (s *scan) addDate(y, m, d, from, end int) (int, bool) {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return from, false
	}
	s.out = append(s.out, Entity{Type: "date", Value: isoDate(y, m, d), Valid: true, Span: [2]int{from, end}})
	s.done = end
	return end, true
}

func isoDate(y, m, d int) string {
	b := [10]byte{4: '-', 7: '-'}
	for _, part := range [...]struct{ from, to, n int }{{0, 4, y}, {5, 7, m}, {8, 10, d}} {
		for i, n := part.to-1, part.n; i >= part.from; i, n = i-1, n/10 {
			b[i] = byte('0' + n%10)
		}
	}
	return string(b[:])
}

// smallNumber reads at most four digits of any system.
func smallNumber(t string, i int) (value, digits, end int) {
	for i < len(t) && digits <= 4 {
		r, n := utf8.DecodeRuneInString(t[i:])
		d := digitOf(r)
		if d < 0 {
			break
		}
		value = value*10 + d
		digits++
		i += n
	}
	if digits > 4 {
		return 0, 0, i
	}
	return value, digits, i
}
