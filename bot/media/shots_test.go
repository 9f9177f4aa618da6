package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
)

// A screenshot as it arrives: a phone's screen, made smaller by the messenger.
const (
	phoneWidth  = 400  // as a page sees it
	phoneHeight = 860  // a taller message makes a taller picture
	phoneScale  = 1.48 // the messenger brings 1080 x 2322 down to 595 x 1280
)

// shot is a message on a screen.
type shot struct {
	want check.Outcome
	text string
	dark bool
	data []byte
}

// need skips where a program is missing, and fails where none may be.
func need(t testing.TB, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", what)
	}
	t.Skipf("%s is not installed", what)
}

func chromium(t testing.TB) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	need(t, false, "chromium")
	return ""
}

func checker(t testing.TB) *check.Checker {
	t.Helper()
	c, err := check.Load(check.Files(), locales.Files())
	require.NoError(t, err)
	return c
}

// lures are the messages of a language, every step-th, that are warned about
// when read as text.
func lures(t testing.TB, c *check.Checker, lang string, step int) (out []shot) {
	t.Helper()
	data, err := os.ReadFile("../../flows/check/testdata/" + lang + "/lures.txt")
	require.NoError(t, err)
	for i, m := range strings.Split(string(data), "\n---\n") {
		_, text, _ := strings.Cut(strings.TrimSpace(m), "\n")
		if text = strings.TrimSpace(text); text == "" || i%step != 0 {
			continue
		}
		out = append(out, shot{want: c.Check(text).Outcome, text: text})
	}
	return out
}

const chatPage = `<!doctype html><meta charset="utf-8"><style>
*{margin:0;box-sizing:border-box}
body{width:%dpx;font:16px/1.35 Roboto,"Noto Sans","Noto Sans Thai","Noto Sans Myanmar","Noto Sans CJK SC",sans-serif}
.phone{height:%dpx;overflow:hidden;position:relative;padding:84px 10px 0}
.bar{position:absolute;left:0;top:0;width:100%%;height:64px;padding:20px 16px;font-size:18px;font-weight:600}
.in,.out{max-width:78%%;padding:7px 11px 5px;border-radius:14px;margin:7px 0;white-space:pre-wrap;overflow-wrap:break-word;clear:both}
.in{float:left}.out{float:right}
.time{font-size:11px;text-align:right;opacity:.6}
.light{background:#e5ddd5;color:#111}.light .bar{background:#075e54;color:#fff}.light .in{background:#fff}.light .out{background:#d9fdd3}
.dark{background:#0b141a;color:#e9edef}.dark .bar{background:#1f2c34}.dark .in{background:#1f2c34}.dark .out{background:#005c4b}
</style>`

// shoot renders messages as chats, all of them light or dark, as the messenger
// would hand them out.
func shoot(t testing.TB, browser string, shots []shot) {
	t.Helper()
	const batch = 6
	for len(shots) > 0 {
		n := min(batch, len(shots))
		height := phoneHeight
		for _, s := range shots[:n] {
			height = max(height, 200+len([]rune(s.text))*3/2+28*strings.Count(s.text, "\n"))
		}
		var page strings.Builder
		fmt.Fprintf(&page, chatPage, phoneWidth, height)
		for i, s := range shots[:n] {
			mode := "light"
			if s.dark {
				mode = "dark"
			}
			fmt.Fprintf(&page, `<div class="phone %s"><div class="bar">Lily %d</div><div class="out">👋<div class="time">10:40</div></div><div class="in">%s<div class="time">10:4%d</div></div></div>`,
				mode, i, html.EscapeString(s.text), i)
		}
		dir := t.TempDir()
		out := filepath.Join(dir, "shot.png")
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
			"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--force-device-scale-factor=%g", phoneScale),
			fmt.Sprintf("--window-size=%d,%d", phoneWidth, n*height), "--screenshot="+out,
			"data:text/html;charset=utf-8,"+url.PathEscape(page.String()))
		said, err := cmd.CombinedOutput()
		cancel()
		require.NoError(t, err, "%s", said)
		data, err := os.ReadFile(out)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		each := img.Bounds().Dy() / n
		for i := range n {
			cut := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), each))
			draw.Draw(cut, cut.Rect, img, image.Pt(0, i*each), draw.Src)
			var b bytes.Buffer
			require.NoError(t, jpeg.Encode(&b, cut, &jpeg.Options{Quality: 85}))
			shots[i].data = b.Bytes()
		}
		shots = shots[n:]
	}
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// TestScreenshots reads a handful of messages of each language off a phone's
// screen; the long form of the tests reads all.
func TestScreenshots(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures take long")
	}
	r := New(context.Background())
	need(t, r.Pictures(), "tesseract")
	browser, c := chromium(t), checker(t)
	r.Mend = c.Mender()
	// Of six, half of them dark.
	for lang, least := range map[string]int{"en": 6, "zh": 6, "id": 6, "vi": 6, "th": 6, "my": 4} {
		shots := lures(t, c, lang, 7)
		shots = shots[:min(len(shots), 6)]
		for i := range shots {
			shots[i].dark = i%2 == 1
		}
		require.Len(t, shots, 6, lang)
		shoot(t, browser, shots)
		same := 0
		for _, s := range shots {
			got, err := r.Read(context.Background(), bytes.NewReader(s.data), "", "image/jpeg", lang)
			require.NoError(t, err)
			if c.Check(got.Text).Outcome == s.want {
				same++
			}
		}
		t.Logf("%s: %d of %d as the text", lang, same, len(shots))
		require.GreaterOrEqual(t, same, least, lang)
	}
}
