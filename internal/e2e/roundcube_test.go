//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const roundcube = "/usr/share/roundcube" // where Debian's package has it

// TestRoundcube tells how the chat is in Debian's Roundcube, with the plugin of docs/examples/roundcube and mailboxes of Dovecot.
func TestRoundcube(t *testing.T) {
	for _, program := range []string{"php", "dovecot"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: Roundcube is not told of (apt-get install roundcube-core roundcube-sqlite3 php-cli dovecot-imapd)", program)
		}
	}
	if _, err := os.Stat(roundcube); err != nil || os.Getuid() != 0 {
		t.Skip("Roundcube is missing, or Dovecot cannot be started by this user")
	}
	imap, mail := freePort(t), freePort(t)
	stage := newWebStage(t, mail, false)
	startDovecot(t, imap)
	startRoundcube(t, stage, imap)
	stage.settings["roundcube"] = true
	stage.tell(t, "roundcube")
}

// startDovecot serves a mailbox for Lan.
func startDovecot(t *testing.T, port int) {
	t.Helper()
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, "users"), "lan@"+domain+":{PLAIN}"+password+"\n")
	config := filepath.Join(dir, "dovecot.conf")
	writeText(t, config, fmt.Sprintf(`base_dir = %[1]s/run
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/mail
}
first_valid_uid = 1
first_valid_gid = 1
service imap-login {
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
`, dir, port))
	if err := os.Mkdir(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	for p := dir; p != "/" && p != os.TempDir(); p = filepath.Dir(p) { // Dovecot's own users go through
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "mail"), 0o777); err != nil {
		t.Fatal(err)
	}
	background(t, port, exec.Command("dovecot", "-F", "-c", config))
}

// startRoundcube serves a copy of Roundcube that has the plugin.
func startRoundcube(t *testing.T, s *webStage, imap int) {
	t.Helper()
	dir := t.TempDir()
	site, etc := filepath.Join(dir, "site"), filepath.Join(dir, "etc")
	out, _ := exec.Command("cp", "-rL", roundcube, site).CombinedOutput() // links to packages that are not there are errors
	if _, err := os.Stat(filepath.Join(site, "index.php")); err != nil {
		t.Fatalf("copy Roundcube: %v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(site, "plugins", "myna_chat"), os.DirFS("../../docs/examples/roundcube/myna_chat")); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(site, "plugins", "myna_chat", "config.inc.php"), fmt.Sprintf(`<?php
$config['myna_chat_url'] = 'http://localhost:%[1]d';
$config['myna_chat_api'] = 'http://127.0.0.1:%[1]d';
$config['myna_chat_key'] = '%[2]s';
$config['myna_chat_domain'] = '%[3]s';
`, s.port, webmailKey(t, &place{CLI: s.cli}), domain))
	if err := os.CopyFS(etc, os.DirFS("/etc/roundcube")); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(etc, "config.inc.php"), fmt.Sprintf(`<?php
$config['db_dsnw'] = 'sqlite:///%[1]s/db?mode=0640';
$config['imap_host'] = '127.0.0.1:%[2]d';
$config['des_key'] = 'for-a-story-of-24-bytes.';
$config['log_dir'] = '%[1]s';
$config['temp_dir'] = '%[1]s';
$config['plugins'] = ['myna_chat'];
$config['language'] = 'vi_VN';
`, dir, imap))
	here := filepath.Join(dir, "here.php") // Debian's Roundcube looks in its own place else
	writeText(t, here, fmt.Sprintf("<?php define('INSTALL_PATH', '%s/');", site))
	php := exec.Command("php", "-d", "auto_prepend_file="+here, "-S", fmt.Sprintf("localhost:%d", s.mail), "-t", site)
	php.Env = append(os.Environ(), "ROUNDCUBE_CONFIG_DIR="+etc, "PHP_CLI_SERVER_WORKERS=4")
	background(t, s.mail, php)
}

func writeText(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// background runs a program until the test ends, and waits until its port answers.
func background(t *testing.T, port int, cmd *exec.Cmd) {
	t.Helper()
	output := &strings.Builder{} // read when the program has ended
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has workers
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // what has ended is no error
		select {
		case <-ended:
		case <-time.After(stopTime):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", cmd.Path, output)
		}
	})
	for deadline := time.Now().Add(startTime); ; {
		if c, err := net.Dial("tcp", fmt.Sprintf("localhost:%d", port)); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", cmd.Path, output)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen", cmd.Path)
		}
	}
}
