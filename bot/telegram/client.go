// Package telegram speaks the Bot API: it reads updates, carries what the
// outbox holds, and fetches files. Nothing outside this room knows the
// messenger's words, and nothing inside it keeps a message.
package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/offercheck/offercheck/bot"
)

// DefaultAPI is where the Bot API lives unless TELEGRAM_API_URL says otherwise.
const DefaultAPI = "https://api.telegram.org"

const (
	callTime   = 30 * time.Second
	answerSize = 32 << 20 // more than a hundred of the longest updates
)

// Client is one bot token at one Bot API. It is safe for concurrent use and
// never prints its token.
type Client struct {
	api   tgbotapi.BotAPI
	token string
	base  string
	http  *http.Client
	log   *slog.Logger

	mu      sync.Mutex
	me      *Me
	replied map[string]time.Time // taps answered by this process
	heard   time.Time            // when Telegram last brought updates, or said that there are none
}

// The library keeps one logger for the whole process; it is silenced once.
var quiet sync.Once

type silence struct{}

func (silence) Println(...any)        {}
func (silence) Printf(string, ...any) {}

// New prepares a client; it calls nobody. apiURL may be empty for DefaultAPI.
// log gets one line for what the operator must know, never a message, a name
// or an id; nil discards it.
func New(token, apiURL string, log *slog.Logger) (*Client, error) {
	if token == "" {
		return nil, fmt.Errorf("no bot token: set TELEGRAM_BOT_TOKEN to the token BotFather gave you")
	}
	if !wellFormedToken(token) {
		return nil, fmt.Errorf("this is no bot token: TELEGRAM_BOT_TOKEN must look like 123456789:letters_and_digits")
	}
	if apiURL == "" {
		apiURL = DefaultAPI
	}
	base := strings.TrimRight(apiURL, "/")
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("TELEGRAM_API_URL must be an http or https address without a query")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	quiet.Do(func() { _ = tgbotapi.SetLogger(silence{}) })

	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	transport.TLSHandshakeTimeout = 10 * time.Second
	c := &Client{
		token: token,
		base:  base,
		log:   log,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the token to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		replied: map[string]time.Time{},
	}
	c.api = tgbotapi.BotAPI{Token: token, Buffer: 100}
	c.api.SetAPIEndpoint(strings.ReplaceAll(base, "%", "%%") + "/bot%s/%s")
	return c, nil
}

// String hides everything: a client may end up in a log or a panic by mistake.
func (c *Client) String() string { return "telegram client" }

// GoString hides everything, as String does.
func (c *Client) GoString() string { return "telegram client" }

// LogValue hides everything, as String does.
func (c *Client) LogValue() slog.Value { return slog.StringValue("telegram client") }

func wellFormedToken(s string) bool {
	id, secret, ok := strings.Cut(s, ":")
	if !ok || id == "" || len(secret) < 3 || len(s) > 256 {
		return false
	}
	for _, r := range id {
		if r < '0' || r > '9' {
			return false
		}
	}
	for _, r := range secret {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-') {
			return false
		}
	}
	return true
}

// Call asks the Bot API for one method. params is a struct with json tags or
// nil; result, when not nil, receives the answer. The error is an *Error, with
// the token and all quoted words taken out, or the context's own.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	return c.ask(ctx, method, params, result, (*tgbotapi.BotAPI).MakeRequest)
}

// upload is Call with a file.
func (c *Client) upload(ctx context.Context, method string, params any, field string, file bot.Upload, result any) error {
	return c.ask(ctx, method, params, result, func(api *tgbotapi.BotAPI, method string, values tgbotapi.Params) (*tgbotapi.APIResponse, error) {
		return api.UploadFiles(method, values, []tgbotapi.RequestFile{{Name: field, Data: tgbotapi.FileBytes{Name: file.Name, Bytes: file.Data}}})
	})
}

type request = func(api *tgbotapi.BotAPI, method string, values tgbotapi.Params) (*tgbotapi.APIResponse, error)

func (c *Client) ask(ctx context.Context, method string, params, result any, do request) error {
	values, err := encode(params)
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	limit := callTime
	if method == "getUpdates" {
		limit += pollTime
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	line := &wire{client: c.http, ctx: ctx}
	api := c.api
	api.Client = line
	resp, err := do(&api, method, values)
	if err != nil {
		return c.failure(method, err, line)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(resp.Result, result); err != nil {
		return &Error{Method: method, Description: "answer of an unexpected shape", Sent: true, answered: true}
	}
	return nil
}

// wire sends one call: it brings the context the library lacks, and remembers
// how far the call came.
type wire struct {
	client *http.Client
	ctx    context.Context
	wrote  atomic.Bool
	status int
}

func (w *wire) Do(req *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(w.ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				w.wrote.Store(true)
			}
		},
	})
	resp, err := w.client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	w.status = resp.StatusCode
	resp.Body = limited{io.LimitReader(resp.Body, answerSize), resp.Body}
	return resp, nil
}

type limited struct {
	io.Reader
	io.Closer
}

// encode turns a struct with json tags into form fields: strings as they are,
// everything else as JSON.
func encode(params any) (tgbotapi.Params, error) {
	out := tgbotapi.Params{}
	if params == nil {
		return out, nil
	}
	v := reflect.Indirect(reflect.ValueOf(params))
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("parameters must be a struct")
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		if v.Field(i).IsZero() && strings.Contains(opts, "omitempty") {
			continue
		}
		switch x := v.Field(i).Interface().(type) {
		case string:
			out[name] = x
		case bool:
			out[name] = strconv.FormatBool(x)
		case int:
			out[name] = strconv.Itoa(x)
		case int64:
			out[name] = strconv.FormatInt(x, 10)
		default:
			b, err := json.Marshal(x)
			if err != nil {
				return nil, err
			}
			out[name] = string(b)
		}
	}
	return out, nil
}

// Me is what the bot knows about itself.
type Me struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	Name     string `json:"first_name"`
	// ReadsGroups is false while privacy mode hides the group's messages.
	ReadsGroups bool `json:"can_read_all_group_messages"`
	Inline      bool `json:"supports_inline_queries"`
}

// Me answers who this token is, and remembers it for the life of the process.
func (c *Client) Me(ctx context.Context) (Me, error) {
	c.mu.Lock()
	known := c.me
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var me Me
	if err := c.Call(ctx, "getMe", nil, &me); err != nil {
		return Me{}, err
	}
	c.mu.Lock()
	c.me = &me
	c.mu.Unlock()
	return me, nil
}

// Admin says whether somebody may change a group's settings. It is asked only
// when a setting is about to change.
func (c *Client) Admin(ctx context.Context, chat, user int64) (bool, error) {
	var member struct {
		Status string `json:"status"`
	}
	err := c.Call(ctx, "getChatMember", struct {
		Chat int64 `json:"chat_id"`
		User int64 `json:"user_id"`
	}{chat, user}, &member)
	if err != nil {
		return false, err
	}
	return member.Status == "creator" || member.Status == "administrator", nil
}
