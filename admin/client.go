package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
)

// ErrNotRunning is Dial's error where no server listens.
var ErrNotRunning = errors.New("the server does not run")

// Client is a Caller that has a running server carry out operations.
type Client struct {
	http *http.Client
}

// Dial finds the running server behind a socket. It fails with ErrNotRunning where there is none.
func Dial(socket string) (*Client, error) {
	if len(socket) > maxSocket {
		return nil, ErrNotRunning // no server can listen there
	}
	conn, err := net.Dial("unix", socket)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOTDIR) {
		return nil, ErrNotRunning
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("the server's socket %s belongs to another user: run the command as that user or as root", socket)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	_ = conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}, nil
}

// Close lets go of connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Reload has the server read its configuration anew and returns what changed, in words.
func (c *Client) Reload(ctx context.Context) ([]string, error) {
	var r Reloaded
	err := c.Call(ctx, "reload", Nothing{}, &r, nil)
	return r.Changed, err
}

// Export has the server write accounts as a file.
func (c *Client) Export(ctx context.Context, r ExportData, w io.Writer) error {
	res, err := c.post(ctx, exportPath, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Import has the server take over the accounts of a file.
func (c *Client) Import(ctx context.Context, r ImportData, file io.Reader, progress func(Progress)) (out ImportedData, err error) {
	request, err := json.Marshal(r)
	if err != nil {
		return out, err
	}
	res, err := c.send(ctx, importPath+"?request="+url.QueryEscape(string(request)), importPath, file)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	return out, lines(json.NewDecoder(res.Body), &out, progress)
}

// post sends a request. The answer is one of success, and the caller closes it.
func (c *Client) post(ctx context.Context, name string, request any) (*http.Response, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, name, name, bytes.NewReader(body))
}

// send is post for a body that is written already.
func (c *Client) send(ctx context.Context, path, name string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://myna/v1/"+path, body)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || a.Error == nil {
		return nil, fmt.Errorf("the server answered %s to %s; is it of another version?", res.Status, name)
	}
	return nil, a.Error
}

// Call carries out an operation in the server.
func (c *Client) Call(ctx context.Context, name string, request, response any, progress func(Progress)) error {
	res, err := c.post(ctx, name, request)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	d := json.NewDecoder(res.Body)
	if res.Header.Get("Content-Type") == "application/x-ndjson" {
		return lines(d, response, progress)
	}
	if err := d.Decode(response); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

func lines(d *json.Decoder, response any, progress func(Progress)) error {
	for {
		var a answer
		err := d.Decode(&a)
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("the server stopped in the middle of the operation")
		case err != nil:
			return fmt.Errorf("read the server's answer: %w", err)
		case a.Error != nil:
			return a.Error
		case a.Result != nil:
			return json.Unmarshal(a.Result, response)
		case a.Progress != nil && progress != nil:
			progress(*a.Progress)
		}
	}
}
