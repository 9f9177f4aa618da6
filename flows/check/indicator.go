package check

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Indicator is the kind of a reported value.
type Indicator byte

// The kinds a list can hold. Allowed is a domain that is never called reported
// nor a look-alike, with all that stands under it.
const (
	Domain Indicator = iota + 1
	URL              // host and path, the query only where the path is empty or shared
	Handle
	Phone
	Email
	Wallet
	Allowed
)

// key is what a table holds of a value: 64 bits, of which a text is not read back.
func (k Indicator) key(value string) uint64 {
	h := xxhash.Sum64String(value) ^ uint64(k)*0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return max(1, h^h>>29) // 0 is an empty slot
}

// A file of indicators is a header and a table of keys, nothing else: it is used
// as it was read. The keys stand in order, each at or behind the slot its leading
// bits ask for, so that a search ends at the first greater key or empty slot.
//
//	0  magic, 16 bytes, the last two the version
//	16 number of keys
//	24 slots an ideal table would have (slots behind them catch the overflow)
//	32 xxHash64 of bytes 16 to 32 and of everything behind the header
//	40 unused, up to 64
const (
	indicatorMagic  = "offercheck list\x01"
	indicatorHeader = 64
)

var errIndicators = errors.New("not a file of indicators of this version")

// Indicators is a read-only table of reported values. Its zero value holds none.
type Indicators struct {
	slots []byte // keys, little endian
	size  uint64
	count int
}

// OpenIndicators reads a file made by Listing.File. It keeps the bytes, which must
// not change any more, and refuses any that were cut, spoilt or made by another version.
func OpenIndicators(file []byte) (*Indicators, error) {
	if len(file) < indicatorHeader || string(file[:len(indicatorMagic)]) != indicatorMagic {
		return nil, fmt.Errorf("open indicators: %w", errIndicators)
	}
	count, size := binary.LittleEndian.Uint64(file[16:]), binary.LittleEndian.Uint64(file[24:])
	body := file[indicatorHeader:]
	if len(body)%8 != 0 || uint64(len(body)/8) < max(count, size)+1 || size == 0 {
		return nil, fmt.Errorf("open indicators: the file is cut: %w", errIndicators)
	}
	if binary.LittleEndian.Uint64(file[32:]) != checksum(file) {
		return nil, fmt.Errorf("open indicators: the checksum does not hold: %w", errIndicators)
	}
	return &Indicators{body, size, int(count)}, nil
}

func checksum(file []byte) uint64 {
	return xxhash.Sum64(file[indicatorHeader:]) ^ bits.RotateLeft64(xxhash.Sum64(file[16:32]), 32)
}

// Len is the number of values.
func (x *Indicators) Len() int {
	if x == nil {
		return 0
	}
	return x.count
}

// has says whether a value, written as Listing writes it, is in the table.
func (x *Indicators) has(kind Indicator, value string) bool {
	if x == nil || x.size == 0 {
		return false
	}
	key := kind.key(value)
	at, _ := bits.Mul64(key, x.size)
	for i := int(at) * 8; i+8 <= len(x.slots); i += 8 {
		if got := binary.LittleEndian.Uint64(x.slots[i:]); got == key {
			return true
		} else if got == 0 || got > key {
			return false
		}
	}
	return false
}

// tableOf lays keys out as a file; the same set gives the same bytes.
func tableOf(keys []uint64) []byte {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	size := uint64(len(keys))*5/4 + 1 // four slots in five are taken
	slots := make([]uint64, size, size+16)
	next := uint64(0)
	for _, k := range keys {
		at, _ := bits.Mul64(k, size)
		at = max(at, next)
		for at >= uint64(len(slots)) {
			slots = append(slots, 0)
		}
		slots[at], next = k, at+1
	}
	slots = append(slots, 0)
	file := make([]byte, indicatorHeader+8*len(slots))
	copy(file, indicatorMagic)
	for i, k := range slots {
		binary.LittleEndian.PutUint64(file[indicatorHeader+8*i:], k)
	}
	binary.LittleEndian.PutUint64(file[16:], uint64(len(keys)))
	binary.LittleEndian.PutUint64(file[24:], size)
	binary.LittleEndian.PutUint64(file[32:], checksum(file))
	return file
}
