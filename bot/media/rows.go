package media

import (
	"encoding/binary"
	"image"
	"math"
	"slices"
)

// What counts as a row of letters, in pixels of a page made ready.
const (
	inkBelow   = 200 // darker than this is ink
	leastLimb  = 3   // pixels; smaller specks are dust
	leastRow   = 10  // letters lower than this cannot be read
	mostRows   = 160
	rowPadding = 12
	readSize   = 17 // pixels; the body of a letter at the size the program knows best
)

// A row is one line of letters cut out of a page.
type row struct {
	at    image.Point // where its picture's corner lay on the page
	scale float64     // how much larger its picture is than it was on the page
	pic   *image.Gray
}

// A limb is a piece of ink that hangs together: a letter, or a mark above or
// below one.
type limb struct {
	box  image.Rectangle
	area int
	row  int
}

// rows cuts a page into its lines. Marks that stand high above a letter or hang
// deep below it go with the line whose letters they are nearest to: programs made
// for alphabets take them for lines of their own.
func rows(g *image.Gray) []row {
	limbs, label := limbsOf(g)
	size := letterSize(limbs)
	if size < leastRow {
		return nil
	}
	cores := coresOf(g, limbs, size)
	if len(cores) == 0 || len(cores) > mostRows {
		return nil
	}
	half := size / 2
	for i := range limbs {
		limbs[i].row = nearestCore(limbs[i].box, cores, half)
	}
	return cutRows(g, limbs, label, cores, size)
}

// limbsOf finds the pieces of ink and says of each pixel which it belongs to,
// counted from 1.
func limbsOf(g *image.Gray) ([]limb, []int32) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	label := make([]int32, w*h)
	var parent []int32
	find := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	parent = append(parent, 0)
	for y := range h {
		for x := range w {
			if g.Pix[y*g.Stride+x] >= inkBelow {
				continue
			}
			at, l := y*w+x, int32(0)
			join := func(o int32) {
				if o == 0 {
					return
				}
				o = find(o)
				switch {
				case l == 0:
					l = o
				case o < l:
					parent[l], l = o, o
				case o > l:
					parent[o] = l
				}
			}
			if x > 0 {
				join(label[at-1])
			}
			if y > 0 {
				join(label[at-w])
				if x > 0 {
					join(label[at-w-1])
				}
				if x < w-1 {
					join(label[at-w+1])
				}
			}
			if l == 0 {
				l = int32(len(parent))
				parent = append(parent, l)
			}
			label[at] = l
		}
	}
	names := make([]int32, len(parent))
	limbs := make([]limb, 1, 1024)
	for y := range h {
		for x := range w {
			at := y*w + x
			if label[at] == 0 {
				continue
			}
			root := find(label[at])
			if names[root] == 0 {
				names[root] = int32(len(limbs))
				limbs = append(limbs, limb{box: image.Rect(x, y, x+1, y+1)})
			}
			n := names[root]
			label[at] = n
			l := &limbs[n]
			l.area++
			l.box.Min.X, l.box.Max.X = min(l.box.Min.X, x), max(l.box.Max.X, x+1)
			l.box.Max.Y = y + 1
		}
	}
	return limbs, label
}

// letterSize is the height of the body of most letters, 0 when there are none.
func letterSize(limbs []limb) int {
	var heights []int
	for _, l := range limbs {
		if h := l.box.Dy(); h >= leastRow/2 && h <= 160 && l.box.Dx() <= 8*h && l.box.Dx() >= 2 {
			heights = append(heights, h)
		}
	}
	if len(heights) == 0 {
		return 0
	}
	slices.Sort(heights)
	return heights[len(heights)*6/10]
}

// coresOf finds the heights at which lines have the bodies of their letters: the
// peaks of how much ink stands side by side.
func coresOf(g *image.Gray, limbs []limb, size int) []int {
	h := g.Rect.Dy()
	profile := make([]float64, h)
	for _, l := range limbs[1:] {
		if l.box.Dy() > 4*size || l.box.Dx() > 20*size || l.area < leastLimb {
			continue
		}
		// Each limb weighs as much as it is wide, wherever it stands.
		for y := l.box.Min.Y; y < l.box.Max.Y; y++ {
			profile[y] += float64(l.box.Dx())
		}
	}
	sigma := float64(size) * 0.3
	var kernel []float64
	sum := 0.0
	for d := -int(3 * sigma); d <= int(3*sigma); d++ {
		k := math.Exp(-float64(d*d) / (2 * sigma * sigma))
		kernel, sum = append(kernel, k), sum+k
	}
	smooth := make([]float64, h)
	for y := range h {
		for i, k := range kernel {
			if at := y + i - len(kernel)/2; at >= 0 && at < h {
				smooth[y] += k * profile[at] / sum
			}
		}
	}
	// Highest first; what lies within a line's reach of a higher one is part of it.
	var peaks []int
	for y := 1; y < h-1; y++ {
		if smooth[y] > smooth[y-1] && smooth[y] >= smooth[y+1] && smooth[y] > float64(size)/4 {
			peaks = append(peaks, y)
		}
	}
	slices.SortStableFunc(peaks, func(a, b int) int {
		switch {
		case smooth[a] > smooth[b]:
			return -1
		case smooth[a] < smooth[b]:
			return 1
		}
		return a - b
	})
	var cores []int
	for _, p := range peaks {
		if !slices.ContainsFunc(cores, func(c int) bool { return max(c-p, p-c) < size*3/2 }) {
			cores = append(cores, p)
		}
	}
	slices.Sort(cores)
	return cores
}

// nearestCore is the line a limb belongs to, -1 when none is near.
func nearestCore(b image.Rectangle, cores []int, half int) int {
	best, least := -1, 4*half
	for i, c := range cores {
		d := 0
		switch {
		case b.Max.Y <= c-half:
			d = c - half - b.Max.Y
		case b.Min.Y >= c+half:
			d = b.Min.Y - c - half
		default:
			// The more of it lies in the body of the line, the nearer.
			d = -(min(b.Max.Y, c+half) - max(b.Min.Y, c-half))
		}
		if d < least {
			best, least = i, d
		}
	}
	return best
}

// cutRows makes a picture of each line: its own limbs and nothing of its
// neighbours.
func cutRows(g *image.Gray, limbs []limb, label []int32, cores []int, size int) []row {
	w := g.Rect.Dx()
	boxes := make([]image.Rectangle, len(cores))
	for _, l := range limbs[1:] {
		if l.row >= 0 && l.box.Dy() <= 5*size && l.box.Dx() <= w*9/10 {
			boxes[l.row] = boxes[l.row].Union(l.box)
		}
	}
	var out []row
	for i, b := range boxes {
		if b.Empty() || b.Dx() < leastRow || b.Dy() < leastRow/2 {
			continue
		}
		// The same room above and below in every line, so that letters keep
		// their size when the line is brought to the height the program reads at.
		b.Min.Y = min(b.Min.Y, cores[i]-size*5/4)
		b.Max.Y = max(b.Max.Y, cores[i]+size*5/4)
		b = b.Inset(-rowPadding)
		pic := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
		for j := range pic.Pix {
			pic.Pix[j] = 255
		}
		in := b.Intersect(g.Rect)
		for y := in.Min.Y; y < in.Max.Y; y++ {
			for x := in.Min.X; x < in.Max.X; x++ {
				if l := label[y*w+x]; l != 0 && limbs[l].row == i {
					pic.Pix[(y-b.Min.Y)*pic.Stride+x-b.Min.X] = g.Pix[y*g.Stride+x]
				}
			}
		}
		scale := min(1, readSize/float64(size))
		pic = scaled(pic, max(1, int(float64(b.Dx())*scale)), max(1, int(float64(b.Dy())*scale)))
		out = append(out, row{at: b.Min, scale: scale, pic: pic})
	}
	return out
}

// tiff writes pictures as the pages of one file, in the plainest form there is.
func tiff(pics []*image.Gray) []byte {
	le := binary.LittleEndian
	out := []byte{'I', 'I', 42, 0, 0, 0, 0, 0}
	link := 4 // where the place of the next directory is to be written
	for _, p := range pics {
		data := uint32(len(out))
		w, h := p.Rect.Dx(), p.Rect.Dy()
		for y := range h {
			out = append(out, p.Pix[y*p.Stride:y*p.Stride+w]...)
		}
		if len(out)&1 == 1 {
			out = append(out, 0)
		}
		le.PutUint32(out[link:], uint32(len(out)))
		entries := [][3]uint32{ // tag, type, value
			{256, 4, uint32(w)}, {257, 4, uint32(h)}, {258, 3, 8}, {259, 3, 1}, {262, 3, 1},
			{273, 4, data}, {277, 3, 1}, {278, 4, uint32(h)}, {279, 4, uint32(w * h)},
		}
		out = le.AppendUint16(out, uint16(len(entries)))
		for _, e := range entries {
			out = le.AppendUint16(out, uint16(e[0]))
			out = le.AppendUint16(out, uint16(e[1]))
			out = le.AppendUint32(out, 1)
			out = le.AppendUint32(out, e[2])
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}
