package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"sync"

	"myna/internal/bench/relay"
)

// relayOnly serves the bare relay until it is interrupted.
func relayOnly(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("mynabench relay", flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:5222", "listener without TLS")
	direct := fs.String("direct", "", "listener with direct TLS")
	domain := fs.String("domain", "localhost", "served domain")
	cert := fs.String("cert", "", "certificate of the TLS listener")
	key := fs.String("key", "", "its key")
	if err := parse(fs, args); err != nil {
		return err
	}
	plain, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer plain.Close()
	srv := relay.New(*domain, nil)
	if *direct == "" {
		return srv.Serve(ctx, plain)
	}
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		return fmt.Errorf("load certificate: %w", err)
	}
	secure, err := tls.Listen("tcp", *direct, &tls.Config{Certificates: []tls.Certificate{pair},
		NextProtos: []string{"xmpp-client"}})
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var errSecure error
	wg.Go(func() { errSecure = srv.Serve(ctx, secure); cancel() })
	err = srv.Serve(ctx, plain)
	cancel()
	wg.Wait()
	if err == nil {
		err = errSecure
	}
	return err
}
