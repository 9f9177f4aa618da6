package telegramtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type answered struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  parameters      `json:"parameters"`
}

// call asks the server for one method; pairs are names and values.
func call(t *testing.T, s *Server, method string, pairs ...any) answered {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			form.Set(pairs[i].(string), v)
		default:
			form.Set(pairs[i].(string), string(toJSON(v)))
		}
	}
	resp, err := http.PostForm(s.URL+"/bot"+s.Token+"/"+method, form)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var out answered
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&out))
	return out
}

func TestPlain(t *testing.T) {
	for _, c := range []struct{ html, plain, wrong string }{
		{"plain", "plain", ""},
		{"<b>a</b> <i>b</i> <u>c</u> <s>d</s> <code>e</code> <pre>f</pre> <tg-spoiler>g</tg-spoiler>", "a b c d e f g", ""},
		{`<a href="https://x.example/?a=1&amp;b=2">here</a>`, "here", ""},
		{"<blockquote expandable>q</blockquote>", "q", ""},
		{"&lt;b&gt; &amp; &quot;q&quot; &#64; &#x41;", "<b> & \"q\" @ A", ""},
		{"a & b > c &nbsp;", "a & b > c &nbsp;", ""},
		{"<B>x</B>", "x", ""},
		{"<b>x", "", "find end tag"},
		{"<b><i>x</b></i>", "", "Unmatched end tag"},
		{"x</b>", "", "Unexpected end tag"},
		{"<p>x</p>", "", "Unsupported start tag"},
		{"1 < 2", "", "Empty tag name"},
		{"I <3 you", "", "Unsupported start tag"},
		{"<b", "", "Unclosed start tag"},
		{"<a href=\"x>y</a>", "", "Unclosed start tag"},
		{"<span>x</span>", "", "tg-spoiler"},
		{"<b>x</b", "", "Unclosed end tag"},
	} {
		t.Run(c.html, func(t *testing.T) {
			got, err := Plain(c.html)
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.plain, got)
		})
	}
}

func TestRefusesWhatTelegramRefuses(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	mine := p.Send("hello")
	stranger := s.Person("en")
	emoji := func(n int) string { return strings.Repeat("😀", n) }
	rows := func(b ...Button) string { return string(toJSON(map[string]any{"inline_keyboard": [][]Button{b}})) }
	many := func(n int) string {
		var r [][]Button
		for range n {
			r = append(r, []Button{{Text: "x", Data: "x"}})
		}
		return string(toJSON(map[string]any{"inline_keyboard": r}))
	}
	ids := func(n int) []int {
		out := make([]int, n)
		for i := range out {
			out[i] = 1000000 + i
		}
		return out
	}
	results := func(n int, id string) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`{"type":"article","id":%q,"title":"t","input_message_content":{"message_text":"x"}}`, fmt.Sprint(id, i)))
		}
		return "[" + strings.Join(out, ",") + "]"
	}
	query := p.Ask("x").ID
	for _, c := range []struct {
		method string
		params []any
		wrong  string // "" when it is taken
	}{
		{"sendMessage", []any{"chat_id", p.ID, "text", ""}, "text is empty"},
		{"sendMessage", []any{"chat_id", p.ID, "text", " \n "}, "text is empty"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "<b></b>", "parse_mode", "HTML"}, "text is empty"},
		{"sendMessage", []any{"chat_id", p.ID, "text", emoji(2049)}, "too long"},
		{"sendMessage", []any{"chat_id", p.ID, "text", emoji(2048)}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "<b>" + strings.Repeat("&lt;", 4096) + "</b>", "parse_mode", "HTML"}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "<b>x", "parse_mode", "HTML"}, "can't parse entities"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "a\xffb"}, "UTF-8"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "parse_mode", "Fancy"}, "unsupported parse_mode"},
		{"sendMessage", []any{"chat_id", 5, "text", "x"}, "chat not found"},
		{"sendMessage", []any{"chat_id", stranger.ID, "text", "x"}, "can't initiate"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_parameters", `{"message_id":99999}`}, "replied not found"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_parameters", `{"message_id":99999,"allow_sending_without_reply":true}`}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "message_thread_id", 3}, "thread not found"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", Data: strings.Repeat("y", 64)})}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", Data: strings.Repeat("y", 65)})}, "BUTTON_DATA_INVALID"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x"})}, "unallowed"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: " ", Data: "x"})}, "text is empty"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", URL: "https://ok.example/a?b=c"})}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", URL: "tel:+1"})}, "Wrong HTTP URL"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", URL: "https://localhost/"})}, "Wrong HTTP URL"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", rows(Button{Text: "x", URL: "https://a b.example/"})}, "Wrong HTTP URL"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", many(100)}, ""},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", many(101)}, "TOO_LONG"},
		{"sendMessage", []any{"chat_id", p.ID, "text", "x", "reply_markup", `{"keyboard":[["x"]]}`}, "not allowed here"},
		{"editMessageText", []any{"chat_id", p.ID, "message_id", 99999, "text", "x"}, "to edit not found"},
		{"editMessageText", []any{"chat_id", p.ID, "message_id", mine, "text", "x"}, "can't be edited"},
		{"deleteMessage", []any{"chat_id", p.ID, "message_id", 99999}, "to delete not found"},
		{"deleteMessages", []any{"chat_id", p.ID, "message_ids", ids(100)}, ""},
		{"deleteMessages", []any{"chat_id", p.ID, "message_ids", ids(101)}, "too many"},
		{"deleteMessages", []any{"chat_id", p.ID, "message_ids", "[]"}, "not specified"},
		{"answerCallbackQuery", []any{"callback_query_id", "nope"}, "too old"},
		{"answerCallbackQuery", []any{"callback_query_id", "nope", "text", strings.Repeat("x", 201)}, "TOO_LONG"},
		{"setMyCommands", []any{"commands", []Command{{"check", "Check"}}, "language_code", "zh"}, ""},
		{"setMyCommands", []any{"commands", []Command{{"check", "Check"}}, "language_code", "tl"}, ""},
		{"setMyCommands", []any{"commands", []Command{{"check", "Check"}}, "language_code", "zh-hans"}, "language code"},
		{"setMyCommands", []any{"commands", []Command{{"check", "Check"}}, "language_code", "fil"}, "language code"},
		{"setMyCommands", []any{"commands", []Command{{"check", "Check"}}, "language_code", "xx"}, "language code"},
		{"setMyCommands", []any{"commands", []Command{{"/check", "Check"}}}, "COMMAND_INVALID"},
		{"setMyCommands", []any{"commands", []Command{{strings.Repeat("x", 33), "Check"}}}, "COMMAND_INVALID"},
		{"setMyCommands", []any{"commands", []Command{{"check", ""}}}, "DESCRIPTION_INVALID"},
		{"setMyCommands", []any{"commands", []Command{{"check", strings.Repeat("x", 257)}}}, "DESCRIPTION_INVALID"},
		{"getFile", []any{"file_id", "nope"}, "wrong file_id"},
		{"setWebhook", []any{"url", "http://x.example/"}, "HTTPS"},
		{"setWebhook", []any{"url", "https://x.example:8080/"}, "ports"},
		{"setWebhook", []any{"url", "https://x.example/", "secret_token", "a b"}, "unallowed"},
		{"setWebhook", []any{"url", "https://x.example/", "max_connections", 101}, "max_connections"},
		{"answerInlineQuery", []any{"inline_query_id", query, "results", results(51, "")}, "TOO_MUCH"},
		{"answerInlineQuery", []any{"inline_query_id", query, "results", results(1, strings.Repeat("x", 64))}, "ID_INVALID"},
		{"answerInlineQuery", []any{"inline_query_id", query, "results", results(50, "r"), "cache_time", 0}, ""},
		{"answerInlineQuery", []any{"inline_query_id", query, "results", "[]"}, "too old"},
		{"noSuchMethod", nil, "Not Found"},
	} {
		t.Run(fmt.Sprintf("%.60s", fmt.Sprint(c.method, c.params)), func(t *testing.T) {
			got := call(t, s, c.method, c.params...)
			if c.wrong == "" {
				require.True(t, got.OK, got.Description)
				return
			}
			require.False(t, got.OK)
			require.Contains(t, got.Description, c.wrong)
		})
	}
	t.Run("a caption has its own limit", func(t *testing.T) {
		q := params{values: map[string]string{"caption": emoji(513)}}
		_, f := q.text("caption", 1024)
		require.Contains(t, f.text, "caption is too long")
	})
	t.Run("a misspelt parameter is a bug although Telegram keeps silent", func(t *testing.T) {
		before := len(s.Bugs())
		require.True(t, call(t, s, "sendMessage", "chat_id", p.ID, "text", "x", "disable_notfication", true).OK)
		require.Len(t, s.Bugs(), before+1)
	})
	t.Run("wrong token", func(t *testing.T) {
		resp, err := http.Get(s.URL + "/bot1:x/getMe")
		require.NoError(t, err)
		_ = resp.Body.Close()
		require.Equal(t, 401, resp.StatusCode)
	})
}

func TestChatAsAClientShowsIt(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	p.Send("hello")
	second := p.Device()
	second.Offline()
	send := func(text string, more ...any) int {
		got := call(t, s, "sendMessage", append([]any{"chat_id", p.ID, "text", text}, more...)...)
		require.True(t, got.OK, got.Description)
		var m struct {
			ID int `json:"message_id"`
		}
		require.NoError(t, json.Unmarshal(got.Result, &m))
		return m.ID
	}
	id := send("first\nsecond line")
	quiet := send("quiet", "disable_notification", true)
	require.Equal(t, []string{"first\nsecond line"}, p.Phone().Notifications())
	require.Equal(t, "quiet", p.Phone().Preview())
	require.True(t, call(t, s, "deleteMessage", "chat_id", p.ID, "message_id", quiet).OK)
	require.Equal(t, "first", p.Phone().Preview())

	edit := call(t, s, "editMessageText", "chat_id", p.ID, "message_id", id, "text", "cover")
	require.True(t, edit.OK)
	same := call(t, s, "editMessageText", "chat_id", p.ID, "message_id", id, "text", "cover")
	require.Contains(t, same.Description, "not modified")
	require.True(t, p.Last().Edited)
	require.Len(t, p.Phone().Notifications(), 1)
	require.Contains(t, p.Phone().Ever(), "quiet")

	require.Len(t, second.Screen(), 1)
	second.Online()
	require.Equal(t, p.Screen(), second.Screen())

	s.Advance(49 * time.Hour)
	require.Contains(t, call(t, s, "deleteMessage", "chat_id", p.ID, "message_id", id).Description, "can't be deleted")
	require.False(t, call(t, s, "deleteMessages", "chat_id", p.ID, "message_ids", []int{id, send("new")}).OK)
	require.Len(t, p.FromBot(), 2)

	p.Block()
	require.Contains(t, call(t, s, "sendMessage", "chat_id", p.ID, "text", "x").Description, "blocked by the user")
	p.Unblock()
	send("back")
	p.Deactivate()
	require.Contains(t, call(t, s, "sendMessage", "chat_id", p.ID, "text", "x").Description, "deactivated")
	require.Empty(t, s.Bugs())
}

func TestTaps(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	p.Send("hello")
	require.True(t, call(t, s, "sendMessage", "chat_id", p.ID, "text", "?",
		"reply_markup", `{"inline_keyboard":[[{"text":"Yes","callback_data":"a.b.yes"}],[{"text":"No","callback_data":"a.b.no"}]]}`).OK)
	first := p.Tap(1)
	require.Equal(t, "a.b.no", first.Data)
	require.Len(t, s.Unanswered(), 1)
	require.True(t, call(t, s, "answerCallbackQuery", "callback_query_id", first.ID, "text", "pop", "show_alert", true).OK)
	require.Equal(t, "pop", first.Pop())
	require.Contains(t, call(t, s, "answerCallbackQuery", "callback_query_id", first.ID).Description, "too old")
	require.Equal(t, []*Tap{first}, s.Twice())

	late := p.TapLabel("Yes")
	s.Advance(16 * time.Second)
	require.Contains(t, call(t, s, "answerCallbackQuery", "callback_query_id", late.ID).Description, "too old")
	require.Nil(t, p.Tap(2))
	require.NotEqual(t, late.ID, p.Again(late).ID)
}

func TestUpdatesComeUntilTheOffsetMoves(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	p.Send("one")
	p.Send("two")
	type update struct {
		ID int64 `json:"update_id"`
	}
	get := func(offset int64) []update {
		var out []update
		got := call(t, s, "getUpdates", "offset", offset, "timeout", 0)
		require.True(t, got.OK, got.Description)
		require.NoError(t, json.Unmarshal(got.Result, &out))
		return out
	}
	all := get(0)
	require.Len(t, all, 2)
	require.Equal(t, all, get(0))
	require.Equal(t, all[1:], get(all[1].ID))
	require.Equal(t, all[1:], get(0))
	s.Repeat(func(int64) int { return 1 })
	p.Send("three")
	require.Len(t, get(all[1].ID+1), 1)
	require.Len(t, get(all[1].ID+2), 1, "comes again although it was confirmed")
	require.Empty(t, get(all[1].ID+2))

	require.True(t, call(t, s, "setWebhook", "url", "https://x.example/").OK)
	require.Equal(t, 409, call(t, s, "getUpdates").Code)
	require.True(t, call(t, s, "deleteWebhook").OK)
	require.Empty(t, s.Bugs())

	t.Run("a second reader ends the first", func(t *testing.T) {
		out := make(chan int, 1)
		go func() {
			resp, err := http.PostForm(s.URL+"/bot"+s.Token+"/getUpdates", url.Values{"timeout": {"30"}})
			if err != nil {
				out <- 0
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			out <- resp.StatusCode
		}()
		require.True(t, s.Wait(time.Minute, s.Held))
		get(0)
		require.Equal(t, 409, <-out)
	})
}

func TestGroupsShowWhatPrivacyModeLetsThrough(t *testing.T) {
	s := New(t)
	g := s.Group("Jobs")
	p := s.Person("en").In(g)
	p.Send("hello all")
	require.Zero(t, s.Pending())
	p.Send("/check x")
	p.Send("/check@offers_test_bot x")
	p.Send("/check@other_bot x")
	p.Send("ask @offers_test_bot")
	require.Equal(t, 3, s.Pending())
	require.True(t, call(t, s, "sendMessage", "chat_id", g.ID, "text", "bot").OK)
	p.Answer(g.Screen()[5].ID, "why")
	require.Equal(t, 4, s.Pending())
	s.ReadsGroups = true
	p.Send("hello again")
	require.Equal(t, 5, s.Pending())
	g.Kick(p)
	require.Equal(t, 403, call(t, s, "sendMessage", "chat_id", g.ID, "text", "x").Code)
}

func TestFaults(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	p.Send("x")
	post := func() (*http.Response, error) {
		resp, err := http.PostForm(s.URL+"/bot"+s.Token+"/sendMessage", url.Values{"chat_id": {itoa(p.ID)}, "text": {"x"}})
		if err == nil {
			_ = resp.Body.Close()
		}
		return resp, err
	}
	s.Fail("sendMessage", DropBefore(), DropAfter(), BadGateway(), OK(), TooMany(60))
	_, err := post()
	require.Error(t, err)
	require.Zero(t, p.Received())
	_, err = post()
	require.Error(t, err)
	require.Equal(t, 1, p.Received())
	resp, err := post()
	require.NoError(t, err)
	require.Equal(t, 502, resp.StatusCode)
	resp, err = post()
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	for range 2 { // and again, because the seconds have not passed
		resp, err = post()
		require.NoError(t, err)
		require.Equal(t, 429, resp.StatusCode)
	}
	s.Advance(61 * time.Second)
	resp, err = post()
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, 3, p.Received())

	s.Chaos(func(c Call) Fault {
		if c.N%2 == 0 {
			return ServerError()
		}
		return OK()
	})
	codes := map[int]int{}
	for range 4 {
		resp, err = post()
		require.NoError(t, err)
		codes[resp.StatusCode]++
	}
	require.Equal(t, map[int]int{200: 2, 500: 2}, codes)
}

func TestWebhookDelivery(t *testing.T) {
	s := New(t)
	p := s.Person("en")
	var mu sync.Mutex
	var got []string
	fails := 2
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Telegram-Bot-Api-Secret-Token") != "s" {
			w.WriteHeader(403)
			return
		}
		var u struct {
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		}
		_ = json.Unmarshal(body, &u)
		mu.Lock()
		defer mu.Unlock()
		if fails > 0 {
			fails--
			w.WriteHeader(500)
			return
		}
		got = append(got, u.Message.Text)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"to %s"}`, p.ID, u.Message.Text)
	}))
	defer bot.Close()
	s.Reach = func(string) string { return bot.URL }
	require.True(t, call(t, s, "setWebhook", "url", "https://bot.example/hook", "secret_token", "s").OK)
	p.Send("one")
	p.Send("two")
	require.True(t, s.Wait(time.Minute, func() bool { return s.Pending() == 0 && p.Received() == 2 }))
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []string{"one", "two"}, got)
	require.Equal(t, "to two", p.Last().Text)
	require.Empty(t, s.Bugs())
}
