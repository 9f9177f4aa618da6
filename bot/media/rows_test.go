package media

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/stretchr/testify/require"
)

// block draws ink.
func block(g *image.Gray, x, y, w, h int) {
	draw.Draw(g, image.Rect(x, y, x+w, y+h), image.NewUniform(color.Gray{}), image.Point{}, draw.Src)
}

func ink(g *image.Gray) (n int) {
	for _, p := range g.Pix {
		if p < 128 {
			n++
		}
	}
	return n
}

// TestRowsKeepMarks cuts a page whose marks stand nearer to the next line's
// than a program that looks for gaps can bear.
func TestRowsKeepMarks(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 800, 300))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
	// Three lines of letters 24 high; each but the last with marks above and
	// below, those of two lines in the same rows of pixels.
	for _, y := range []int{60, 124, 188} {
		for x := 40; x < 700; x += 30 {
			block(g, x, y, 18, 24)
		}
		block(g, 60, y-14, 10, 8)
		block(g, 200, y+30, 10, 12)
		block(g, 300, y+30, 10, 12)
	}
	got := rows(g)
	require.Len(t, got, 3)
	for i := 1; i < len(got); i++ {
		require.Less(t, got[i-1].at.Y, got[i].at.Y)
	}
	for _, r := range got {
		require.InDelta(t, ink(got[0].pic), ink(r.pic), 0.02*float64(ink(got[0].pic)), "every line has its own marks and no others")
		require.LessOrEqual(t, r.pic.Rect.Dy(), 80)
	}
}

func TestRowsOfNothing(t *testing.T) {
	for name, draws := range map[string]func(*image.Gray){
		"white":     func(*image.Gray) {},
		"black":     func(g *image.Gray) { block(g, 0, 0, 800, 300) },
		"dust":      func(g *image.Gray) { block(g, 9, 9, 2, 2) },
		"one stain": func(g *image.Gray) { block(g, 40, 40, 700, 220) },
		"checkered": func(g *image.Gray) {
			for y := 0; y < 300; y += 2 {
				for x := y / 2 % 2; x < 800; x += 2 {
					block(g, x, y, 1, 1)
				}
			}
		},
	} {
		g := image.NewGray(image.Rect(0, 0, 800, 300))
		draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
		draws(g)
		require.NotPanics(t, func() { tiff(picsOf(rows(g))) }, name)
		require.LessOrEqual(t, len(rows(g)), 1, name)
	}
}

func picsOf(rs []row) (out []*image.Gray) {
	for _, r := range rs {
		out = append(out, r.pic)
	}
	return out
}
