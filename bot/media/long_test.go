//go:build long

package media

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
)

// TestScreenshotsOfEverything measures how often a screenshot gets the outcome
// its text gets, and what it takes. STEP reads every so-manieth message only,
// SHOTS keeps the pictures in a folder.
func TestScreenshotsOfEverything(t *testing.T) {
	c, r, browser := checker(t), New(context.Background()), chromium(t)
	need(t, r.Pictures(), "tesseract")
	r.Mend = c.Mender()
	step, _ := strconv.Atoi(os.Getenv("STEP"))
	langs := []string{"en", "zh", "id", "vi", "th", "my"}
	if l := os.Getenv("TEST_LANGUAGES"); l != "" {
		langs = strings.Split(l, ",")
	}
	table := "language mode   shots  same  unread  wrong  mean time\n"
	for _, lang := range langs {
		floor := 0.9
		if lang == "my" {
			floor = 0.6
		}
		for _, dark := range []bool{false, true} {
			shots := lures(t, c, lang, max(1, step))
			for i := range shots {
				shots[i].dark = dark
			}
			shoot(t, browser, shots)
			same, unread := 0, 0
			var took time.Duration
			for i, s := range shots {
				if dir := os.Getenv("SHOTS"); dir != "" {
					require.NoError(t, os.WriteFile(fmt.Sprintf("%s/%s-%t-%02d.jpg", dir, lang, dark, i), s.data, 0o600))
				}
				began := time.Now()
				got, err := r.Read(context.Background(), bytes.NewReader(s.data), "", "image/jpeg", lang)
				took += time.Since(began)
				require.NoError(t, err)
				outcome := c.Check(got.Text).Outcome
				switch {
				case outcome == s.want:
					same++
				case got.Unread == flows.UnreadPoor:
					unread++
				}
				if outcome != s.want {
					t.Logf("%s dark=%t %d: %s, not %s (%s)\n%s\n-----\n%s", lang, dark, i, outcome, s.want, got.Unread, s.text, got.Text)
				}
			}
			table += fmt.Sprintf("%-8s dark=%-5t %3d  %3d  %3d  %3d  %s\n", lang, dark, len(shots), same, unread, len(shots)-same-unread, took/time.Duration(max(1, len(shots))))
			if len(shots) > 0 && float64(same) < floor*float64(len(shots)) {
				t.Errorf("%s dark=%t: %d of %d", lang, dark, same, len(shots))
			}
		}
	}
	t.Log("\n" + table)
}
