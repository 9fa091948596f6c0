package account

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxBlocklist bounds a file of passwords, in bytes.
const maxBlocklist = 32 << 20

// LoadBlockedPasswords reads a file of passwords that nobody may choose, one a line (XEP-0438 § 8).
func (c *Config) LoadBlockedPasswords(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxBlocklist {
		return fmt.Errorf("read blocked passwords: %s has more than %d bytes", file, maxBlocklist)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read blocked passwords: %w", err)
	}
	c.blocked = map[string]struct{}{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && utf8.ValidString(line) {
			c.blocked[foldPassword(line)] = struct{}{}
		}
	}
	return nil
}

// listed tells whether a prepared password is in the file of those that nobody may choose.
func (c *Config) listed(password string) bool {
	_, ok := c.blocked[foldPassword(password)]
	return ok
}

// common tells whether a prepared password is one that is tried first: a usual one, or made of one character, or of neighbours.
func common(password string) bool {
	folded := foldPassword(password)
	for w := range strings.FieldsSeq(usual) {
		if w == folded {
			return true
		}
	}
	return monotonous(folded)
}

func foldPassword(s string) string { return strings.ToLower(norm.NFC.String(s)) }

// monotonous tells whether each character is the one before, or each the next, or each the one before that in the alphabet.
func monotonous(s string) bool {
	list := []rune(s)
	if len(list) < 2 {
		return false
	}
	step := list[1] - list[0]
	for i := 1; i < len(list); i++ {
		if list[i]-list[i-1] != step {
			return false
		}
	}
	return step >= -1 && step <= 1
}

// usual are passwords of eight characters and more that people choose most, in English and Vietnamese, in small letters.
const usual = `
00000000 0123456789 11111111 111111111 1111111111 11223344 1122334455 12121212 123123123 123321123 12341234 12345678
123456789 1234567890 147258369 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc 66666666 741852963 87654321 88888888
987654321 9876543210 99999999 a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678 abc12345 abc123456 abcd1234
abcdefgh abcdefghi abcdefghij admin123 admin1234 admin12345 adminadmin administrator alexander anhyeuem arsenal1
asdf1234 asdfghjk asdfghjkl autumn2024 autumn2025 barcelona baseball basketball batman123 blink182 butterfly changeme
changeme1 changeme123 charlie1 chelsea1 chocolate christopher company1 company123 computer conheocon corvette
daniel123 default1 dragon123 einstein elephant elizabeth emyeuanh facebook facebook1 ferrari1 football football1
fortnite freedom1 goodluck google123 guest123 hanoi123 hello123 hellohello helloworld ilovemyself iloveyou iloveyou1
iloveyou2 internet jabber123 jennifer jessica1 jordan23 khongbiet letmein1 letmein123 linkedin liverpool lovelove
loveyou1 manchester master123 matkhau1 matkhau123 maverick mercedes michael1 michelle microsoft minecraft monkey123
mustang1 mylove123 myna1234 nguyenvan nicole123 nothing1 office365 p@ssw0rd p@ssw0rd1 p@ssword passw0rd passw0rd1
password password1 password12 password123 password1234 passwort pokemon1 princess princess1 q1w2e3r4 q1w2e3r4t5
qazwsxedc quenmatkhau qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop realmadrid rootroot saigon123
samantha samsung1 secret123 shadow12 spiderman spring2024 spring2025 starwars summer2024 summer2025 summer2026
sunshine sunshine1 superman taikhoan test1234 testing1 testing123 testtest toor1234 topsecret trustno1 user1234
victoria vietnam1 vietnam123 welcome1 welcome12 welcome123 whatever whatever1 whatsapp windows10 windows11 winter2024
winter2025 winter2026 xmpp1234 yeuem123 zaq12wsx zxcvbnm1 zxcvbnm123
`
