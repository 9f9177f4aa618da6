package media

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/offercheck/offercheck/flows"
)

// zipped makes an archive of names and contents.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		f, err := w.Create(parts[i])
		require.NoError(t, err)
		_, err = io.WriteString(f, parts[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

const wordHead = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`

// docx makes a letter of paragraphs with a header, a table and a link.
func docx(t testing.TB, body string) []byte {
	return zipped(t,
		"[Content_Types].xml", "<Types/>",
		"word/document.xml", wordHead+body+"</w:body></w:document>",
		"word/header1.xml", `<w:hdr xmlns:w="w"><w:p><w:r><w:t>Golden Fortune Co.</w:t></w:r></w:p></w:hdr>`,
		"word/_rels/document.xml.rels", `<Relationships><Relationship Id="1" Type="http://x/relationships/hyperlink" Target="https://real.example/pay" TargetMode="External"/><Relationship Id="2" Type="http://x/relationships/image" Target="media/image1.png"/></Relationships>`)
}

func para(s string) string {
	return `<w:p><w:r><w:t xml:space="preserve">` + s + `</w:t></w:r></w:p>`
}

// pdf makes a PDF with one page of lines.
func pdfOf(lines ...string) []byte {
	var stream strings.Builder
	stream.WriteString("BT /F1 12 Tf 14 TL 72 720 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&stream, "(%s) Tj T*\n", l)
	}
	stream.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", stream.Len(), stream.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	b := bytes.NewBufferString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, a := range at {
		fmt.Fprintf(b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

// locked makes a PDF ask for a password nobody has.
func lockedPDF() []byte {
	p := string(pdfOf("secret offer"))
	key := strings.Repeat("41", 32)
	return []byte(strings.Replace(p, "/Root 1 0 R", "/Root 1 0 R /ID [<41><41>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <"+key+"> /U <"+key+"> >>", 1))
}

// qr makes a picture of a code.
func qr(t testing.TB, text string, size int) image.Image {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, size, size, nil)
	require.NoError(t, err)
	return m
}

func asPNG(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// hugePNG is the beginning of a picture of so many pixels.
func hugePNG(w, h uint32) []byte {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	head = append(head, 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(b, head...), crc32.ChecksumIEEE(head))
}

const mailText = "From: =?utf-8?q?HR_Lily?= <lily@gmail.example>\r\nReply-To: boss@golden.example\r\nSubject: =?utf-8?b?5bel5L2c?=\r\nMIME-Version: 1.0\r\n"

func multipartMail(parts ...string) []byte {
	return []byte(mailText + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n")
}

// nested is a mail in a mail in a mail.
func nested(deep int, inner string) []byte {
	for i := range deep {
		inner = fmt.Sprintf("Subject: %d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--b%d--\r\n", i, i, i, inner, i)
	}
	return []byte(inner)
}

func TestReadFiles(t *testing.T) {
	r := New(context.Background())
	thai, err := charmap.Windows874.NewEncoder().Bytes([]byte("รับสมัครงานที่กัมพูชา"))
	require.NoError(t, err)
	chinese, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("高薪招聘，包机票"))
	require.NoError(t, err)
	locked := docx(t, para("x"))
	for i := 0; i+10 < len(locked); i++ { // the flag in each header
		switch string(locked[i : i+4]) {
		case "PK\x03\x04":
			locked[i+6] |= 1
		case "PK\x01\x02":
			locked[i+8] |= 1
		}
	}
	var cut bytes.Buffer
	require.NoError(t, jpeg.Encode(&cut, qr(t, "x", 300), nil))

	for _, c := range []struct {
		name, file, lang string
		data             []byte
		has              []string
		unread           flows.Key
	}{
		{"plain", "a.txt", "", []byte("no experience needed"), []string{"no experience needed"}, ""},
		{"UTF-16", "a.txt", "", []byte("\xff\xfeh\x00i\x00 \x00t\x00o\x00o\x00"), []string{"hi too"}, ""},
		{"old Thai", "a.txt", "th", thai, []string{"รับสมัครงานที่กัมพูชา"}, ""},
		{"old Chinese", "a.txt", "zh", chinese, []string{"高薪招聘，包机票"}, ""},
		{"empty", "a.txt", "", nil, nil, flows.UnreadBroken},
		{"program", "a.exe", "", []byte("MZ\x90\x00\x03\x00"), nil, flows.UnreadKind},
		{"archive", "a.zip", "", zipped(t, "offer.txt", "hello"), nil, flows.UnreadKind},
		{"old Word", "a.doc", "", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), nil, flows.UnreadKind},
		{"locked new Word", "a.docx", "", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), nil, flows.UnreadLocked},
		{"not a letter", "a.docx", "", []byte("hello"), nil, flows.UnreadBroken},
		{"letter", "a.docx", "", docx(t, para("Dear applicant,")+`<w:tbl><w:tr><w:tc>`+para("Salary")+`</w:tc><w:tc>`+para("2000 USD")+`</w:tc></w:tr></w:tbl><w:p><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:t>We keep</w:t></w:r><w:r><w:t xml:space="preserve"> your passport.</w:t></w:r></w:p>`),
			[]string{"Golden Fortune Co.\n", "Dear applicant,\n", "Salary  2000 USD", "We keep your passport.", "https://real.example/pay"}, ""},
		{"letter without words", "a.docx", "", docx(t, "")[:0:0], nil, flows.UnreadBroken},
		{"letter cut off", "a.docx", "", docx(t, para("x"))[:200], nil, flows.UnreadBroken},
		{"locked letter", "a.docx", "", locked, nil, flows.UnreadLocked},
		{"letter that grows", "a.docx", "", docx(t, para(strings.Repeat("a", 40<<20))), nil, flows.UnreadLarge},
		{"letter of many parts", "a.docx", "", zipped(t, manyParts()...), nil, flows.UnreadLarge},
		{"letter of entities", "a.docx", "", zipped(t, "word/document.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><w:p><w:t>&b; offer</w:t></w:p>`), []string{"offer"}, ""},
		{"mail", "a.eml", "", multipartMail("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nfree=20flight", "Content-Type: text/html\r\n\r\n<style>p{}</style><p>Sign <a href='https://evil.example/x'>www.good.example</a> now</p><script>x</script>"),
			[]string{"HR Lily", "lily@gmail.example", "boss@golden.example", "工作", "free flight", "Sign www.good.example now", "https://evil.example/x"}, ""},
		{"mail with a letter", "a.eml", "", multipartMail("Content-Type: text/plain\r\n\r\nsee attached", "Content-Type: application/octet-stream; name=a.docx\r\nContent-Transfer-Encoding: base64\r\n\r\n"+wrapped(docx(t, para("hand over your passport")))), []string{"see attached", "hand over your passport"}, ""},
		{"mail with what is not read", "a.eml", "", multipartMail("Content-Type: text/plain\r\n\r\nsee attached", "Content-Type: application/zip\r\n\r\nPK\x03\x04 nothing"), []string{"see attached"}, flows.UnreadPoor},
		{"mail in a mail", "a.eml", "", nested(2, "Subject: x\r\n\r\npay first"), []string{"pay first"}, ""},
		{"mail too deep", "a.eml", "", nested(60, "Subject: x\r\n\r\npay first"), nil, flows.UnreadPoor},
		{"mail in old Thai", "a.eml", "", []byte("Subject: x\r\nContent-Type: text/plain; charset=windows-874\r\n\r\n" + string(thai)), []string{"รับสมัครงานที่กัมพูชา"}, ""},
		{"not a mail", "a.eml", "", []byte("just words"), nil, flows.UnreadBroken},
		{"page", "a.html", "", []byte("<html><body><p>easy &amp; safe<br>job<form action='https://form.example'></body>"), []string{"easy & safe\njob", "https://form.example"}, ""},
		{"half a picture", "a.jpg", "", cut.Bytes()[:cut.Len()/2], nil, flows.UnreadBroken},
		{"no picture", "a.jpg", "", []byte("hello"), nil, flows.UnreadBroken},
		{"huge picture", "a.png", "", hugePNG(30000, 30000), nil, flows.UnreadLarge},
		{"tiny picture", "a.png", "", asPNG(t, image.NewGray(image.Rect(0, 0, 8, 8))), nil, flows.UnreadPoor},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "half a picture" {
				need(t, r.Pictures(), "tesseract")
			}
			got, err := r.Read(context.Background(), bytes.NewReader(c.data), c.file, "", c.lang)
			require.NoError(t, err)
			require.Equal(t, c.unread, got.Unread, got.Text)
			for _, h := range c.has {
				require.Contains(t, got.Text, h)
			}
			if c.has == nil && c.name != "mail too deep" {
				require.Empty(t, got.Text)
			}
		})
	}
}

func manyParts() (out []string) {
	for i := range mostEntries {
		out = append(out, fmt.Sprintf("word/%d.xml", i), "x")
	}
	return append(out, "word/document.xml", wordHead+"</w:body></w:document>")
}

func wrapped(data []byte) string {
	var b strings.Builder
	for s := base64Of(data); len(s) > 0; {
		n := min(76, len(s))
		b.WriteString(s[:n] + "\r\n")
		s = s[n:]
	}
	return b.String()
}

func TestReadPDF(t *testing.T) {
	r := New(context.Background())
	need(t, r.PDF(), "pdftotext")
	read := func(data []byte) Text {
		got, err := r.Read(context.Background(), bytes.NewReader(data), "offer.pdf", "application/pdf", "en")
		require.NoError(t, err)
		return got
	}
	require.Equal(t, Text{Text: "Dear applicant, you will work in Cambodia and the company pays. We keep your passport."},
		read(pdfOf("Dear applicant, you will work in Cambodia and the company", "pays. We keep your passport.")))
	require.Equal(t, flows.UnreadPoor, read(pdfOf()).Unread, "a scanned letter")
	require.Equal(t, flows.UnreadLocked, read(lockedPDF()).Unread)
	require.Equal(t, flows.UnreadBroken, read([]byte("%PDF-1.4\nnothing")).Unread)
}

func TestNothingIsReadHere(t *testing.T) {
	r := &Reader{}
	for name, data := range map[string][]byte{"a.png": asPNG(t, image.NewGray(image.Rect(0, 0, 99, 99))), "a.pdf": pdfOf("x")} {
		got, err := r.Read(context.Background(), bytes.NewReader(data), name, "", "en")
		require.NoError(t, err)
		require.Equal(t, Text{Unread: flows.UnreadHere}, got)
	}
	got, err := r.Read(context.Background(), bytes.NewReader(asPNG(t, qr(t, "https://t.me/hr_lily88", 300))), "a.png", "", "en")
	require.NoError(t, err)
	require.Equal(t, Text{Text: "https://t.me/hr_lily88", Unread: flows.UnreadPoor}, got, "a code is read all the same")
}

func TestReadTooMuch(t *testing.T) {
	got, err := (&Reader{}).Read(context.Background(), io.LimitReader(forever{}, Most+10), "a.txt", "", "en")
	require.NoError(t, err)
	require.Equal(t, flows.UnreadLarge, got.Unread)
	_, err = (&Reader{}).Read(context.Background(), io.MultiReader(strings.NewReader("x"), broken{}), "a.txt", "", "en")
	require.Error(t, err)
}

type forever struct{}

func (forever) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestQRCodes(t *testing.T) {
	const link = "https://t.me/+AbCdEf"
	code := qr(t, link, 240)
	screen := image.NewRGBA(image.Rect(0, 0, 595, 1280))
	for y := range 1280 {
		for x := range 595 {
			screen.Set(x, y, color.RGBA{0xe5, 0xdd, 0xd5, 255})
			if p := image.Pt(x-180, y-500); p.In(code.Bounds()) {
				screen.Set(x, y, code.At(p.X, p.Y))
			}
		}
	}
	require.Equal(t, []string{link}, qrCodes(gray(screen, codePixels)))
	inverted := gray(screen, codePixels)
	for i := range inverted.Pix {
		inverted.Pix[i] = 255 - inverted.Pix[i]
	}
	require.Equal(t, []string{link}, qrCodes(inverted))
	require.Empty(t, qrCodes(image.NewGray(image.Rect(0, 0, 400, 400))))
}

// A program that does not end is ended, with all it started.
func TestProgramIsBounded(t *testing.T) {
	need(t, find("sh") != "", "sh")
	dir := t.TempDir()
	script := func(name, body string) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, []byte("#!/bin/sh\n"+body), 0o700))
		return p
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, _, err := run(ctx, nil, script("slow", "sleep 60 & wait"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 5*time.Second)

	_, _, err = run(context.Background(), nil, script("loud", "exec yes 0123456789012345678901234567890123456789"))
	require.ErrorIs(t, err, errLarge)

	_, code, err := run(context.Background(), nil, script("file", "echo x > "+filepath.Join(dir, "left")))
	require.Error(t, err, "it writes no file")
	require.NotZero(t, code)

	t.Setenv("TELEGRAM_BOT_TOKEN", "secret")
	out, _, err := run(context.Background(), []byte("in"), script("env", "env; cat"))
	require.NoError(t, err)
	require.NotContains(t, string(out), "secret")
	require.Contains(t, string(out), "OMP_THREAD_LIMIT=1")
	require.True(t, strings.HasSuffix(string(out), "in"))
}

func TestSentences(t *testing.T) {
	row := func(block, par, line int, x, y, w float64, text string) string {
		return fmt.Sprintf("5\t1\t%d\t%d\t%d\t1\t%g\t%g\t%g\t20\t90\t%s\n", block, par, line, x, y, w, text)
	}
	for _, c := range []struct{ name, table, want string }{
		{"wrapped", row(1, 1, 1, 0, 0, 300, "pay") + row(1, 1, 2, 0, 26, 100, "first"), "pay first"},
		{"ended early", row(1, 1, 1, 0, 0, 300, "a long line") + row(1, 1, 2, 0, 26, 100, "short") + row(1, 1, 3, 0, 52, 60, "next"), "a long line short\nnext"},
		{"a gap", row(1, 1, 1, 0, 0, 300, "one") + row(1, 2, 1, 0, 60, 300, "two"), "one\ntwo"},
		{"no spaces", row(1, 1, 1, 0, 0, 100, "高薪") + row(1, 1, 1, 104, 0, 200, "招聘") + row(1, 1, 2, 0, 26, 100, "包机票"), "高薪招聘包机票"},
		{"rubbish", "level\tpage\n5\t1\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, sentences(parseTSV([]byte(c.table)))) })
	}
}

func TestTurned(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2, 1))
	img.Pix = []uint8{10, 20}
	require.Equal(t, []uint8{20, 10}, turned(img, 3).(*image.Gray).Pix)
	require.Equal(t, []uint8{10, 20}, turned(img, 6).(*image.Gray).Pix)
	require.Equal(t, []uint8{20, 10}, turned(img, 8).(*image.Gray).Pix)
	require.Equal(t, 6, orientation([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")))
	require.Equal(t, 1, orientation([]byte("\xff\xd8\xff\xe1\xff\xff")))
}

// Whatever comes: an answer, no panic, no more than may be.
func FuzzRead(f *testing.F) {
	f.Add(docx(f, para("hello")), "a.docx")
	f.Add(multipartMail("Content-Type: text/html\r\n\r\n<p>x</p>"), "a.eml")
	f.Add(nested(3, "Subject: x\r\n\r\nx"), "a.eml")
	f.Add([]byte("<a href=x>y"), "a.html")
	f.Add(hugePNG(30, 30), "a.png")
	f.Add([]byte("\xff\xfea"), "a.txt")
	r := &Reader{}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		got, err := r.read(context.Background(), file{data: data, name: name, lang: "th"})
		require.NoError(t, err)
		require.LessOrEqual(t, len(got.Text), mostText)
		require.True(t, got.Text != "" || got.Unread != "")
	})
}
