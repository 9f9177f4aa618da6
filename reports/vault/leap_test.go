package vault

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A wary vault turns no key after a leap of the clock before somebody looked: while
// they look, what was sealed before opens and what is sealed opens after.
func TestALeapWaitsForWhoeverLooks(t *testing.T) {
	dir := t.TempDir()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	v, err := Open(dir, noon)
	require.NoError(t, err)
	before, err := v.Seal(noon, "a talk", []byte("held"))
	require.NoError(t, err)
	v.Wary()

	next := noon.Add(24 * time.Hour)
	require.False(t, v.Leapt(next), "a day is no leap")
	_, err = v.Open(next, "a talk", before)
	require.NoError(t, err)
	require.False(t, v.Leapt(noon), "a clock that is set back is none")

	later := next.Add(4 * 24 * time.Hour)
	require.True(t, v.Leapt(later))
	_, err = v.Open(later, "a talk", before)
	require.ErrorIs(t, err, ErrLeap)
	_, err = v.Seal(later, "a talk", nil)
	require.ErrorIs(t, err, ErrLeap)
	require.ErrorIs(t, v.Reach(later), ErrLeap)

	broken := errors.New("the database does not answer")
	require.ErrorIs(t, v.Leap(later, func() error { return broken }), broken)
	require.True(t, v.Leapt(later), "nothing was turned")

	var during []byte
	require.NoError(t, v.Leap(later, func() error {
		require.False(t, v.Leapt(later), "it is being looked after")
		plain, err := v.Open(later, "a talk", before)
		require.NoError(t, err)
		require.Equal(t, "held", string(plain))
		during, err = v.Seal(later, "a cover", []byte("start"))
		return err
	}))
	require.False(t, v.Leapt(later))
	_, err = v.Open(later, "a talk", before)
	require.ErrorIs(t, err, ErrExpired, "and then it is gone")
	plain, err := v.Open(later, "a cover", during)
	require.NoError(t, err)
	require.Equal(t, "start", string(plain))
	again, err := Open(dir, later)
	require.NoError(t, err)
	_, err = again.Open(later, "a cover", during)
	require.NoError(t, err, "by whoever opens the folder next")

	require.False(t, v.Leapt(later.Add(60*24*time.Hour)), "no clock is believed to jump so far: nothing is touched at all")
	require.Error(t, v.Reach(later.Add(60*24*time.Hour)))
}
