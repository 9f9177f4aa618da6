package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/media"
	"github.com/offercheck/offercheck/bot/telegram"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
)

type serveCmd struct {
	desked
	compared
	Token         string `help:"The bot's token." env:"TELEGRAM_BOT_TOKEN" placeholder:"TOKEN"`
	APIURL        string `name:"api-url" help:"Where the Bot API is." env:"TELEGRAM_API_URL" default:"https://api.telegram.org" placeholder:"URL"`
	ListenAddr    string `help:"Address for the webhook and health." env:"LISTEN_ADDR" default:"127.0.0.1:8080"`
	DeskAddr      string `help:"Address for metrics." env:"DESK_ADDR" default:"127.0.0.1:8081"`
	WebhookURL    string `name:"webhook-url" help:"Public https address; without it the bot polls." env:"WEBHOOK_URL" placeholder:"URL"`
	WebhookSecret string `help:"Secret Telegram sends with every update; a webhook needs one." env:"WEBHOOK_SECRET" placeholder:"SECRET"`
	MailServer    string `help:"Where notices to hotlines are mailed through, smtp:// or smtps://." env:"MAIL_SERVER" placeholder:"URL"`
	MailFrom      string `help:"Sender of those mails." env:"MAIL_FROM" placeholder:"ADDRESS"`
	NoticeKey     string `help:"Secret that notices to web addresses are signed with." env:"NOTICE_KEY" placeholder:"SECRET"`
	Alarm         string `help:"Who is told when messages could not be taken away in time: an e-mail address or an https address." env:"ALARM_TO" placeholder:"ADDRESS"`
	RDAP          string `name:"rdap" help:"Look up since when the domains of checked messages are registered: iana, or the https address of one RDAP service." env:"RDAP" placeholder:"iana|URL"`
	Signs         string `help:"Folder of languages to use instead of the built-in ones." type:"existingdir" placeholder:"DIR"`
}

// stopTime is how long what is under way may take after SIGTERM.
const stopTime = 9 * time.Second

func (c *serveCmd) Run(ctx context.Context, s streams) error {
	if c.Token == "" {
		return fmt.Errorf("%w: TELEGRAM_BOT_TOKEN is not set; @BotFather gives one", errUsage)
	}
	if c.WebhookURL != "" && c.WebhookSecret == "" {
		return fmt.Errorf("%w: WEBHOOK_URL needs WEBHOOK_SECRET, or anybody could send the bot updates", errUsage)
	}
	log := newLog(s.err)
	if err := noCore(); err != nil {
		log.Warn("a dying process may leave its memory on the disk", "error", err)
	}
	client, err := telegram.New(c.Token, c.APIURL, log)
	if err != nil {
		return err
	}
	public, err := listen("LISTEN_ADDR", c.ListenAddr)
	if err != nil {
		return err
	}
	defer public.Close()
	private, err := listen("DESK_ADDR", c.DeskAddr)
	if err != nil {
		return err
	}
	defer private.Close()
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := c.rooms(d)
	if err != nil {
		return err
	}
	office, err := newOffice(ctx, r.desk, r.directory)
	if err != nil {
		return err
	}
	// What takes long comes last: an operator's mistake is told at once.
	h, err := furnish(c.Signs)
	if err != nil {
		return err
	}
	lists := fed{c.DataDir}
	if err := lists.give(h.checker); err != nil {
		log.Warn("the lists of the feeds are not used", "error", err)
	}
	remembered := &memory{d: d, house: h, at: -1}
	if remembered.file, err = c.texts(h.checker); err != nil {
		return err
	}
	if err := remembered.look(ctx); err != nil {
		return err
	}
	ages, err := newAges(c.RDAP, d, r.v, &http.Client{})
	if err != nil {
		return err
	}
	if ages != nil {
		h.with.Judge = aged(h.with.Judge, ages.Age)
	}
	h.staffed(office)
	b, err := bot.New(ctx, d, r.v, h.book, h.words)
	if err != nil {
		return err
	}
	b.Desk, b.Hear = r.desk, h.hear
	b.Fetch = client.Fetch
	m := newMetrics(d, h.words)
	b.Count, b.Log = m.count, log
	if ages != nil {
		ask := afterChecks(ages.Want)
		b.Count = func(t flows.Turn) { m.count(t); ask(t) }
	}
	reader := media.New(ctx)
	reader.Mend = h.checker.Mender()
	b.Read = client.Reading(reader)
	if !reader.Pictures() {
		log.Warn("the program tesseract is not installed: letters in pictures cannot be read")
	}
	if !reader.PDF() {
		log.Warn("the program pdftotext is not installed: PDF cannot be read")
	}
	carriers, err := c.carriers(client, b)
	if err != nil {
		return err
	}
	courier := b.Courier(carriers, outbox.NewPace())

	door := http.NewServeMux()
	health(door, d)
	desk := http.NewServeMux()
	desk.Handle("GET /metrics", m.handler())
	if c.WebhookURL != "" {
		hook, err := client.Webhook(c.WebhookSecret, b)
		if err != nil {
			return err
		}
		door.Handle("/", hook)
	}

	// The first room that fails stops the others; a signal stops them all.
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var rooms []func() error
	rooms = append(rooms,
		func() error { return courier.Run(run) },
		func() error { return page(run, public, door) },
		func() error { return page(run, private, desk) },
		func() error {
			return lists.watch(run, feedsEvery, h.checker.List, func(err error) { log.Warn("the new lists of the feeds are not used", "error", err) })
		},
		func() error {
			return remembered.watch(run, feedsEvery, func(err error) { log.Warn("the confirmed texts could not be looked up", "error", err) })
		},
		func() error {
			return office.keep(run, func(err error) { log.Warn("who reads reports could not be looked up", "error", err) })
		},
		func() error {
			return runAges(run, ages, func(err error) { log.Warn("the age of a domain could not be looked up", "error", err) })
		},
		func() error { return alarm{r, c.Alarm, log}.watch(run) },
		func() error {
			if err := client.RegisterCommands(run, menus(h.words)); err != nil && run.Err() == nil {
				log.Warn("the command menu could not be registered", "error", err)
			}
			return nil
		},
		func() error {
			if c.WebhookURL == "" {
				return client.Poll(run, b)
			}
			return client.SetWebhook(run, c.WebhookURL, c.WebhookSecret)
		})
	done := make(chan error, len(rooms))
	for _, room := range rooms {
		go func() {
			err := room()
			if err != nil {
				stop(err)
			}
			done <- err
		}()
	}
	log.Info("serving", "mode", mode(c.WebhookURL), "addr", public.Addr().String(), "engine", engine(d))
	<-run.Done()
	var failed error
	if ctx.Err() == nil {
		failed = context.Cause(run)
	}
	late := time.After(stopTime)
	for range rooms {
		select {
		case err := <-done:
			if failed == nil && err != nil && !errors.Is(err, context.Canceled) {
				failed = err
			}
		case <-late:
			return errors.Join(failed, errors.New("stop: something was still under way and will be taken up at the next start"))
		}
	}
	log.Info("stopped")
	return failed
}

// carriers are who delivers what waits: messages, files of reports, and the
// notices that a case waits.
func (c *serveCmd) carriers(client *telegram.Client, b *bot.Bot) (map[string]outbox.Carrier, error) {
	all := map[string]outbox.Carrier{bot.Kind: client, bot.KindEvidence: b}
	if c.NoticeKey != "" {
		all[hotlines.KindWebhook] = hotlines.NewWebhook(func(to string) []byte {
			m := hmac.New(sha256.New, []byte(c.NoticeKey)) // each address has a key of its own
			m.Write([]byte(to))
			return m.Sum(nil)
		})
	}
	if c.MailServer != "" {
		mail, err := hotlines.NewMail(c.MailServer, c.MailFrom, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: MAIL_SERVER, MAIL_FROM: %w", errUsage, err)
		}
		all[hotlines.KindMail] = mail
	}
	return all, nil
}

func mode(webhook string) string {
	if webhook == "" {
		return "polling"
	}
	return "webhook"
}

func engine(d *db.DB) string {
	if d.Single() {
		return "SQLite"
	}
	return "PostgreSQL"
}

func listen(name, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, fmt.Errorf("listen on %s %s: %w", name, addr, err)
	}
	return l, nil
}

// page serves until ctx ends, then lets requests under way finish.
func page(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.Background(), stopTime-time.Second)
		defer cancel()
		closed <- srv.Shutdown(end)
	})
	err := srv.Serve(l)
	if !stop() && errors.Is(err, http.ErrServerClosed) {
		err = <-closed
	}
	if err != nil {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// health answers whether the process lives and whether it can take updates.
func health(mux *http.ServeMux, d *db.DB) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := d.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}

// menus are the registered commands of every language, English first.
func menus(words *locales.Words) []telegram.Menu {
	var out []telegram.Menu
	for _, l := range words.Languages() {
		m := telegram.Menu{Lang: l.Code}
		for _, name := range []string{"start", "check", "help", "language", "privacy"} {
			m.Commands = append(m.Commands, telegram.Command{Name: name, Description: strings.TrimSpace(words.Plain(l.Code, "cmd_"+name, nil))})
		}
		out = append(out, m)
	}
	return out
}
