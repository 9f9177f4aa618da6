package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"strings"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// The limits of one picture.
const (
	mostPixels   = 24_000_000 // what a phone's camera makes; decoded at 8 bytes each at most
	mostSide     = 20_000
	pagePixels   = 5_000_000 // what letters are looked for in
	codePixels   = 3_000_000 // what QR codes are looked for in
	smallPicture = 24        // pixels; nothing smaller holds words
)

// picture reads the letters and the QR codes of a picture. A code that was read
// is worth having even when nothing reads letters here.
func (r *Reader) picture(ctx context.Context, f file) (string, error) {
	img, err := decode(f.data)
	if err != nil {
		return "", err
	}
	b := img.Bounds()
	if b.Dx() < smallPicture || b.Dy() < smallPicture {
		return "", errPoor
	}
	codes := strings.Join(qrCodes(gray(img, codePixels)), "\n")
	letters, err := r.letters(ctx, img, f.lang)
	text := strings.TrimSpace(letters + "\n" + codes)
	if codes != "" && !errors.Is(err, errPoor) && err != nil {
		err = errPoor // the words around the code are missing
	}
	return text, err
}

// decode reads a picture after its size was found to be bearable.
func decode(data []byte) (image.Image, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, errBroken
	}
	if c.Width <= 0 || c.Height <= 0 {
		return nil, errBroken
	}
	if c.Width > mostSide || c.Height > mostSide || c.Width*c.Height > mostPixels {
		return nil, errLarge
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errBroken
	}
	return turned(img, orientation(data)), nil
}

// gray makes a picture grey on white ground and no larger than so many pixels.
func gray(img image.Image, most int) *image.Gray {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	g := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(g, g.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(g, g.Rect, img, b.Min, draw.Over)
	for w*h > most {
		w, h = w*9/10, h*9/10
	}
	return scaled(g, w, h)
}

// scaled gives a picture another size, with edges kept sharp.
func scaled(g *image.Gray, w, h int) *image.Gray {
	if w == g.Rect.Dx() && h == g.Rect.Dy() {
		return g
	}
	rgba := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(rgba, rgba.Rect, g, g.Rect, draw.Src, nil)
	out := image.NewGray(rgba.Rect)
	for i := range out.Pix {
		out.Pix[i] = rgba.Pix[4*i]
	}
	return out
}

// page makes a picture ready for reading: large enough, and dark letters on
// white whatever was on what.
func page(img image.Image) *image.Gray {
	g := gray(img, pagePixels)
	w, h := g.Rect.Dx(), g.Rect.Dy()
	switch short := min(w, h); {
	case short < 900 && 4*w*h <= pagePixels:
		g = scaled(g, 2*w, 2*h)
	case short < 1100 && 9*w*h/4 <= pagePixels:
		g = scaled(g, 3*w/2, 3*h/2)
	}
	flatten(g)
	return g
}

const (
	cell  = 16  // pixels
	reach = 2   // cells around one that tell its ground
	bins  = 64  // shades
	dark  = 140 // ground darker than this has light letters
	faint = 14  // what differs so little from its ground is ground
)

// flatten turns every pixel into how much it stands out from the ground around it,
// as dark on white. The ground is the commonest shade near by, so that dark letters on
// light and light letters on dark, in one bubble after the other, come out alike.
func flatten(g *image.Gray) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	cw, ch := (w+cell-1)/cell, (h+cell-1)/cell
	shades := make([][bins]uint32, cw*ch)
	for y := range h {
		row := g.Pix[y*g.Stride : y*g.Stride+w]
		cells := shades[y/cell*cw:]
		for x, p := range row {
			cells[x/cell][p>>2]++
		}
	}
	ground := make([]uint8, cw*ch)
	for cy := range ch {
		for cx := range cw {
			var sum [bins]uint32
			for y := max(0, cy-reach); y <= min(ch-1, cy+reach); y++ {
				for x := max(0, cx-reach); x <= min(cw-1, cx+reach); x++ {
					weight := uint32(1)
					if x == cx && y == cy {
						weight = 4
					}
					for i, n := range shades[y*cw+x] {
						sum[i] += weight * n
					}
				}
			}
			best, most := 0, uint32(0)
			for i := range sum {
				n := sum[i]
				if i > 0 {
					n += sum[i-1] / 2
				}
				if i < bins-1 {
					n += sum[i+1] / 2
				}
				if n > most {
					best, most = i, n
				}
			}
			ground[cy*cw+cx] = uint8(best<<2 + 2)
		}
	}
	var count [256]int
	for y := range h {
		row := g.Pix[y*g.Stride : y*g.Stride+w]
		cells := ground[y/cell*cw:]
		for x, p := range row {
			ground := int(cells[x/cell])
			d := ground - int(p)
			if ground < dark {
				d = -d
			}
			// The other way is no letter but the ringing of a compressed edge.
			if d < faint {
				d = 0
			}
			row[x] = uint8(255 - d)
			count[d]++
		}
	}
	// The strongest letters become black; edges stay as soft as they were.
	top, left := 255, w*h/500
	for ; top > 64 && left >= count[top]; top-- {
		left -= count[top]
	}
	for i, p := range g.Pix {
		g.Pix[i] = uint8(255 - min(255, (255-int(p))*255/top))
	}
}

// qrCodes answers what the QR codes of a picture hold, each once. Nothing that
// stands in one is opened.
func qrCodes(g *image.Gray) (out []string) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	source := gozxing.NewLuminanceSourceFromImage(g)
	for _, s := range []gozxing.LuminanceSource{source, source.Invert()} {
		bmp, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(s))
		if err != nil {
			return nil
		}
		found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bmp, hints)
		if err != nil {
			continue
		}
		for _, f := range found {
			if t := strings.TrimSpace(f.GetText()); t != "" {
				out = append(out, t)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return out
}

// writePGM writes a grey picture in the plainest form there is.
func writePGM(w io.Writer, g *image.Gray) {
	fmt.Fprintf(w, "P5\n%d %d\n255\n", g.Rect.Dx(), g.Rect.Dy())
	for y := range g.Rect.Dy() {
		_, _ = w.Write(g.Pix[y*g.Stride : y*g.Stride+g.Rect.Dx()])
	}
}

// orientation is how a camera was held, as a JPEG's Exif says it: 1 upright, 3
// upside down, 6 and 8 on a side.
func orientation(d []byte) int {
	if len(d) < 4 || d[0] != 0xff || d[1] != 0xd8 {
		return 1
	}
	for i := 2; i+4 <= len(d) && d[i] == 0xff && d[i+1] != 0xda; {
		n := int(d[i+2])<<8 | int(d[i+3])
		end := i + 2 + n
		if n < 2 || end > len(d) {
			return 1
		}
		if d[i+1] == 0xe1 && n > 16 && string(d[i+4:i+10]) == "Exif\x00\x00" {
			return exif(d[i+10 : end])
		}
		i = end
	}
	return 1
}

func exif(d []byte) int {
	if len(d) < 8 {
		return 1
	}
	little := d[0] == 'I'
	two := func(i int) int {
		if i < 0 || i+2 > len(d) {
			return 0
		}
		if little {
			return int(d[i]) | int(d[i+1])<<8
		}
		return int(d[i])<<8 | int(d[i+1])
	}
	at := two(4)<<16 | two(6)
	if little {
		at = two(4) | two(6)<<16
	}
	for i := range min(two(at), 64) {
		if e := at + 2 + 12*i; two(e) == 0x0112 {
			return two(e + 8)
		}
	}
	return 1
}

// turned puts a picture upright.
func turned(img image.Image, how int) image.Image {
	if how != 3 && how != 6 && how != 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	src := gray(img, mostPixels)
	if how == 3 {
		out := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				out.Pix[(h-1-y)*out.Stride+w-1-x] = src.Pix[y*src.Stride+x]
			}
		}
		return out
	}
	out := image.NewGray(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			p := src.Pix[y*src.Stride+x]
			if how == 6 {
				out.Pix[x*out.Stride+h-1-y] = p
			} else {
				out.Pix[(w-1-x)*out.Stride+y] = p
			}
		}
	}
	return out
}
