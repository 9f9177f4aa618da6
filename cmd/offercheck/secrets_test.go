package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// spellings are all the ways in which a planted text could lie somewhere.
func spellings(text string) [][]byte {
	quoted, _ := json.Marshal(text)
	var ascii strings.Builder // JSON as others write it
	for _, u := range utf16.Encode([]rune(text)) {
		if u < 0x80 {
			ascii.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&ascii, `\u%04x`, u)
		}
	}
	var little, big []byte
	for _, u := range utf16.Encode([]rune(text)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	out := [][]byte{[]byte(text), bytes.Trim(quoted, `"`), []byte(ascii.String()), little, big,
		[]byte(hex.EncodeToString([]byte(text))), []byte(strings.ToUpper(hex.EncodeToString([]byte(text))))}
	// Base64 of something longer: the text may begin at any of three places, and
	// only what does not hang on its neighbours is looked for.
	for shift := range 3 {
		padded := append(make([]byte, shift), text...)
		enc := base64.RawStdEncoding.EncodeToString(padded)
		from := (shift*8 + 5) / 6
		to := len(padded) * 8 / 6
		if to-from >= 8 {
			out = append(out, []byte(enc[from:to]), []byte(strings.NewReplacer("+", "-", "/", "_").Replace(enc[from:to])))
		}
	}
	return out
}

// numbers are all the ways in which a planted id could lie somewhere.
func numbers(id int64) [][]byte {
	out := spellings(strconv.FormatInt(id, 10))
	out = append(out, []byte(strconv.FormatInt(id, 16)), []byte(strconv.FormatInt(id, 36)))
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], uint64(id))
	narrow := 8
	for narrow > 4 && wide[8-narrow] == 0 {
		narrow--
	}
	if narrow == 5 || narrow == 7 { // a database stores six or eight
		narrow++
	}
	out = append(out, bytes.Clone(wide[8-narrow:]))
	out = append(out, bytes.Clone(wide[:]))
	binary.LittleEndian.PutUint64(wide[:], uint64(id))
	return append(out, bytes.Clone(wide[:narrow]), bytes.Clone(wide[:]))
}

func TestSpellings(t *testing.T) {
	for _, text := range []string{"planted words", "ปลูก", "a \"planted\" \\ text"} {
		found := func(in string) bool {
			for _, s := range spellings(text) {
				if bytes.Contains([]byte(in), s) {
					return true
				}
			}
			return false
		}
		enc, _ := json.Marshal("before " + text + " after")
		for _, in := range []string{"x" + text, string(enc), hex.EncodeToString([]byte("xy" + text + "z")),
			base64.StdEncoding.EncodeToString([]byte("a" + text + "b")), base64.StdEncoding.EncodeToString([]byte("aa" + text + "b")),
			base64.URLEncoding.EncodeToString([]byte("aaa" + text + "b"))} {
			require.True(t, found(in), in)
		}
		require.False(t, found("something else altogether"))
	}
	var row []byte
	row = binary.BigEndian.AppendUint32(row, 1987654321)
	require.True(t, func() bool {
		for _, n := range numbers(1987654321) {
			if bytes.Contains(append([]byte("x"), row...), n) {
				return true
			}
		}
		return false
	}())
}

// What people write, who they are, and what opens the bot lies nowhere: not in
// the log, not on the pages, not in any file of the data folder, not in the
// tables, nor in the files of the server that keeps them.
func TestNothingPlantedIsFound(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string, _ func()) {
		s := telegramtest.New(t)
		desk := freePort(t)
		env = append(env, "DESK_ADDR="+desk)
		hidden := map[string][][]byte{"token": spellings(s.Token), "token's secret": spellings(s.Token[strings.Index(s.Token, ":")+1:])}
		plant := func(name, text string) string {
			hidden[name] = spellings(text)
			return text
		}
		text := plant("text", "planted-words-kolibri") + " HR keeps the passport, tourist visa. " + plant("Thai", "คำที่ปลูกไว้ในข้อความ") + " " +
			plant("wallet", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE") + " " + plant("handle", "@planted_recruiter_x") + " " + plant("phone", "+66 81 555 7391")
		name, user := plant("name", "Plantina Namewell"), plant("user name", "plantina_user_77")
		said := plant("caption", "planted caption albatross")
		file := plant("file's name", "planted-offer-ibis.pdf")
		quoted := plant("quote", "planted quote nightjar")

		var people []*telegramtest.Person
		var disk *cluster
		if dsn := setOf(env, "DATABASE_URL"); dsn != "" {
			disk = onDisk(t, dsn)
		}
		for _, id := range []int64{1987654321, 7391504862113, 1765432109} {
			s.Number(id)
			p := s.Person("en")
			p.Name = name
			require.Equal(t, id, p.ID)
			hidden[fmt.Sprint("chat ", id)] = numbers(id)
			people = append(people, p)
		}
		s.Fail("sendMessage", telegramtest.BadGateway(), telegramtest.OK(), telegramtest.TooMany(1), telegramtest.DropAfter())
		s.Fail("answerCallbackQuery", telegramtest.DropBefore())
		s.Fail("getUpdates", telegramtest.BadGateway(), telegramtest.DropAfter())
		p := serving(t, s, env...)
		for _, who := range people {
			who.Post(map[string]any{"text": text, "from": map[string]any{"id": who.ID, "is_bot": false, "first_name": name, "username": user, "language_code": "en"},
				"quote": map[string]any{"text": quoted, "position": 0}})
			who.Document(file, "application/pdf", []byte("%PDF"), 0, said)
			who.Send("/nosuch " + text)
			who.Send("/start " + plant("deep link", "planted_deep_link_egret"))
			q := who.Ask(plant("inline", "planted query heron") + " HR keeps the passport")
			_, ok := q.Await(patience)
			require.True(t, ok)
		}
		// Something that cannot be read at all, and a message left waiting.
		s.Deliver(people[0].ID, map[string]any{"message": plant("unreadable", "planted unreadable stork")})
		s.Deliver(people[0].ID, map[string]any{"message": map[string]any{"message_id": "x", "text": text, "chat": map[string]any{"id": people[0].ID, "type": "private"}}})
		for _, who := range people {
			require.True(t, who.Await(2, patience), p.log)
			tap := who.Tap(0)
			require.NotNil(t, tap)
			require.True(t, tap.Await(patience))
		}
		require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }), p.log)

		places := map[string][]byte{}
		for _, page := range []string{"http://" + desk + "/metrics", "http://" + p.addr() + "/healthz", "http://" + p.addr() + "/readyz", "http://" + p.addr() + "/nosuch"} {
			_, body := get(t, page)
			places[page] = []byte(body)
		}
		folder := setOf(env, "DATA_DIR")
		files(t, folder, "while it runs", places)
		s.Chaos(func(c telegramtest.Call) telegramtest.Fault {
			if c.Chat != 0 {
				return telegramtest.BadGateway()
			}
			return telegramtest.OK()
		})
		people[0].Send(text) // still to be sent when it stops
		require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }))
		p.stop()
		files(t, folder, "when it has stopped", places)
		if dsn := setOf(env, "DATABASE_URL"); dsn != "" {
			places["tables"] = dump(t, dsn)
		}
		if disk != nil {
			disk.search(t, places)
		}
		places["log"] = []byte(p.log.String())
		size := search(t, places, hidden)
		require.Greater(t, size, 5_000)
		t.Logf("%d places, %d bytes, %d things in up to %d spellings", len(places), size, len(hidden), len(spellings("planted")))
		require.Empty(t, s.Bugs())
	})
}

// dump is everything in the tables.
func dump(t *testing.T, dsn string) []byte {
	t.Helper()
	x, err := sqlx.Open("postgres", dsn)
	require.NoError(t, err)
	defer x.Close()
	var tables []string
	require.NoError(t, x.Select(&tables, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`))
	require.Contains(t, tables, "sessions")
	var out bytes.Buffer
	for _, table := range tables {
		rows, err := x.Queryx(`SELECT * FROM ` + table)
		require.NoError(t, err)
		for rows.Next() {
			cells, err := rows.SliceScan()
			require.NoError(t, err)
			for _, c := range cells {
				if b, ok := c.([]byte); ok {
					out.Write(b)
				} else {
					fmt.Fprint(&out, c)
				}
				out.WriteByte('\n')
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
	return out.Bytes()
}
