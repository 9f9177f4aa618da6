package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrTooLarge is a file beyond the 20 MB the Bot API hands out.
var ErrTooLarge = errors.New("the file is too large to be fetched")

// ErrNoFile is a file that Telegram does not have any more.
var ErrNoFile = errors.New("the file is gone")

// fetchTime is how long one download may take in all.
const fetchTime = 2 * time.Minute

// Open fetches a file; the caller closes it. Reading past 20 MB fails with
// ErrTooLarge, whatever size was announced. Other errors are worth a second
// try.
func (c *Client) Open(ctx context.Context, fileID string) (io.ReadCloser, error) {
	var info struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	err := c.Call(ctx, "getFile", struct {
		ID string `json:"file_id"`
	}{fileID}, &info)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.answered && e.Code == http.StatusBadRequest {
			if strings.Contains(strings.ToLower(e.Description), "too big") {
				return nil, ErrTooLarge
			}
			return nil, ErrNoFile
		}
		return nil, fmt.Errorf("find file: %w", err)
	}
	if info.Size > downloadLimit {
		return nil, ErrTooLarge
	}
	if info.Path == "" {
		return nil, ErrNoFile
	}

	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	segments := strings.Split(strings.TrimPrefix(info.Path, "/"), "/")
	for i, s := range segments {
		if s == ".." || s == "." {
			cancel()
			return nil, ErrNoFile
		}
		segments[i] = url.PathEscape(s)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/file/bot"+c.token+"/"+strings.Join(segments, "/"), nil)
	if err != nil { // the library's error would print the address
		cancel()
		return nil, ErrNoFile
	}
	resp, err := c.http.Do(req)
	if err != nil {
		cancel()
		return nil, c.failure("file", err, &wire{})
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		cancel()
		if resp.StatusCode == http.StatusNotFound {
			return nil, ErrNoFile
		}
		return nil, &Error{Method: "file", Code: resp.StatusCode}
	}
	if resp.ContentLength > downloadLimit {
		_ = resp.Body.Close()
		cancel()
		return nil, ErrTooLarge
	}
	return &download{body: resp.Body, left: downloadLimit, cancel: cancel, client: c}, nil
}

// Fetch is Open for a file of a report: lost says that it can never be had.
func (c *Client) Fetch(ctx context.Context, fileID string) (body io.ReadCloser, lost bool, err error) {
	body, err = c.Open(ctx, fileID)
	if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrNoFile) {
		return nil, true, nil
	}
	return body, false, err
}

// download reads no more than it may and prints no address when it breaks.
type download struct {
	body   io.ReadCloser
	left   int64
	cancel context.CancelFunc
	client *Client
}

func (d *download) Read(p []byte) (int, error) {
	if int64(len(p)) > d.left+1 {
		p = p[:d.left+1]
	}
	n, err := d.body.Read(p)
	if d.left -= int64(n); d.left < 0 {
		return 0, ErrTooLarge
	}
	if err != nil && err != io.EOF {
		err = d.client.failure("file", err, &wire{})
	}
	return n, err
}

func (d *download) Close() error {
	d.cancel()
	return d.body.Close()
}
