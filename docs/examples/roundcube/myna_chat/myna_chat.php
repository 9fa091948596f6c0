<?php

/**
 * Shows the web chat of a Myna server in Roundcube, signed in as the user of the mailbox. See README.md beside this folder.
 *
 * The key of the HTTP API stays on this server: the page gets tokens, which are good for minutes and for one account.
 */
class myna_chat extends rcube_plugin
{
    public $noframe = true;

    public function init()
    {
        $this->load_config();
        $this->add_hook('startup', [$this, 'startup']);
        $this->add_hook('render_page', [$this, 'render_page']);
        $this->add_hook('session_destroy', [$this, 'session_destroy']);
    }

    /** startup answers the page that asks for a token. */
    public function startup($args)
    {
        if ($args['task'] !== 'mail' || $args['action'] !== 'plugin.myna_chat.token') {
            return $args;
        }
        header('Cache-Control: no-store');
        // A page of another origin gets none, whatever cookies its request has.
        $origin = parse_url($_SERVER['HTTP_ORIGIN'] ?? '');
        $host = ($origin['host'] ?? '') . (isset($origin['port']) ? ':' . $origin['port'] : '');
        if (empty($_SESSION['user_id']) || $_SERVER['REQUEST_METHOD'] !== 'POST' || $host !== $_SERVER['HTTP_HOST']) {
            http_response_code(403);
            exit;
        }
        [$status, $body] = $this->ask('POST', '/sso/tokens', ['account' => $this->account(), 'session' => $this->session()]);
        http_response_code($status === 201 ? 200 : 502);
        header('Content-Type: application/json');
        echo $status === 201 ? $body : '{}';
        exit;
    }

    /** render_page adds the chat to whole pages of who is signed in. */
    public function render_page($args)
    {
        $rcmail = rcmail::get_instance();
        if (empty($_SESSION['user_id']) || $rcmail->output->get_env('framed')) {
            return $args;
        }
        $chat = rtrim($rcmail->config->get('myna_chat_url'), '/');
        $element = html::tag('myna-chat', ['account' => $this->account(), 'token-url' => './?_task=mail&_action=plugin.myna_chat.token'], '',
            ['account', 'token-url']);
        $script = html::tag('script', ['src' => $chat . '/embed.js', 'async' => 'async'], '');
        $args['content'] = preg_replace('~</body>~i', str_replace(['\\', '$'], ['\\\\', '\\$'], $element . $script) . '</body>', $args['content'], 1);

        return $args;
    }

    /** session_destroy signs the chat out with the mailbox. */
    public function session_destroy($args)
    {
        if (!empty($_SESSION['user_id'])) {
            $this->ask('DELETE', '/sso/tokens/' . $this->session());
        }

        return $args;
    }

    /** account is the user's address of chat: that of the mailbox. */
    private function account()
    {
        $name = rcmail::get_instance()->get_user_name();

        return strpos($name, '@') === false ? $name . '@' . rcmail::get_instance()->config->get('myna_chat_domain') : $name;
    }

    /**
     * session is what all tokens of this session of Roundcube belong to, so that they end together. It is not kept in the session: a
     * request that runs at the same time may write that over.
     */
    private function session()
    {
        $key = rcmail::get_instance()->config->get('myna_chat_key');

        return 'roundcube-' . substr(hash_hmac('sha256', session_id(), $key), 0, 32);
    }

    private function ask($method, $path, $body = null)
    {
        $config = rcmail::get_instance()->config;
        $http = ['method' => $method, 'timeout' => 5, 'ignore_errors' => true, 'follow_location' => 0,
            'header' => ['Authorization: Bearer ' . $config->get('myna_chat_key'), 'Content-Type: application/json']];
        if ($body !== null) {
            $http['content'] = json_encode($body);
        }
        $answer = @file_get_contents(rtrim($config->get('myna_chat_api', $config->get('myna_chat_url')), '/') . '/api/v1' . $path,
            false, stream_context_create(['http' => $http]));
        $status = preg_match('~^HTTP/\S+ (\d+)~', $http_response_header[0] ?? '', $found) ? (int) $found[1] : 0;

        return [$status, (string) $answer];
    }
}
