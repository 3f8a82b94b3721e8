/* Words of the patterns: "{{url}}" and so on, so that rules say what is meant. */
#include "script/internal.h"

struct word {
	const char *name, *expression;
};

#define NUMBER "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)"
/* Not those that clouds give to their own services of instances: clients ask there. */
#define IPV4                                                                                       \
	"(?<![\\d.])(?!169\\.254\\.|100\\.100\\.100\\.200)" NUMBER "(?:\\." NUMBER "){3}(?![\\d.]" \
	")"

static const struct word words[] = {
	/* A shell as a command: "sh", "/bin/bash". */
	{ "sh", "(?:/?(?:[\\w.]+/)*)?(?:ba|da|z|k|a|c|tc)?sh\\b" },
	{ "shells", "(?:/bin/sh|/bin/bash|/usr/bin/bash|/usr/bin/sh|/bin/zsh|/bin/ash|/bin/"
		    "dash|cmd\\.exe|powershell)" },
	{ "ip", IPV4 },
	/* What can run what it is piped. */
	{ "runner",
	  "(?:/?(?:[\\w.]+/"
	  ")*)?(?:(?:ba|da|z|k|a)?sh|python[\\d.]*|perl|php|ruby|node|lua|source|pwsh)\\b" },
	/* Hosts that nobody installs from: bare addresses, onions, paste and drop sites, dynamic
	 * names, tunnels. */
	{ "badhost",
	  "(?:(?:[\\w.~%-]+(?::[^@\\s/]*)?@)?(?:(?!127\\.)" IPV4
	  "|0x[0-9a-fA-F]{8}\\b|\\d{8,10}\\b|\\[[0-9a-fA-F:]{4,}\\]"
	  "|[\\w.-]+\\.(?:onion|tor2web\\.\\w+|i2p|onion\\.\\w+|ddns\\.net|duckdns\\.org"
	  "|no-ip\\.\\w+|hopto\\.org|zapto\\.org|sytes\\.net|dyndns\\.\\w+|3322\\.org|ngrok\\.io"
	  "|ngrok-free\\.app|trycloudflare\\.com|serveo\\.net|loca\\.lt|localtunnel\\.me|oast\\."
	  "\\w+"
	  "|oastify\\.com|interact\\.sh|burpcollaborator\\.net|pipedream\\.net|requestbin\\.\\w+"
	  "|requestcatcher\\.com)\\b"
	  "|(?:www\\.)?(?:pastebin\\.com/raw|paste\\.ee|hastebin\\.com|ghostbin\\.\\w+|rentry\\.co"
	  "|transfer\\.sh|bashupload\\.com|0x0\\.st|termbin\\.com|ix\\.io|sprunge\\.us|temp\\.sh"
	  "|anonfiles\\.com|file\\.io|oshi\\.at|webhook\\.site|cdn\\.discordapp\\.com|dpaste\\.com"
	  "|controlc\\.com|paste\\.rs|catbox\\.moe|gofile\\.io)))" },
	/* The same, and names under domains that cost nothing. */
	{ "oddhost",
	  "(?:{{badhost}}|[\\w.-]+\\.(?:xyz|top|ru|su|cc|pw|tk|ml|ga|cf|gq|icu|click|example"
	  "|invalid)(?=[:/\"'\\s|;)]|$))" },
	/* Where data is sent to by who must not be known. */
	{ "drop", "(?:(?!127\\.)" IPV4
		  "|[\\w.-]+\\.(?:onion|ddns\\.net|duckdns\\.org|no-ip\\.\\w+|hopto\\.org|ngrok\\."
		  "io|ngrok-free\\.app|trycloudflare\\.com|oast\\.\\w+|oastify\\.com|interact\\.sh|"
		  "interactsh\\.com|burpcollaborator\\.net|pipedream\\.net|requestbin\\.\\w+|"
		  "requestcatcher\\.com|requestrepo\\.com|dnslog\\.\\w+|ceye\\.io|canarytokens\\."
		  "com|beeceptor\\.com|invalid|example)"
		  "|webhook\\.site|discord(?:app)?\\.com/api/webhooks|api\\.telegram\\.org/"
		  "bot|hooks\\.slack\\.com|transfer\\.sh|bashupload\\.com|0x0\\.st|termbin\\.com|"
		  "file\\.io|pastebin\\.com/api|temp\\.sh|oshi\\.at)" },
	/* Folders in which anyone may write. */
	{ "tmp", "(?:/tmp|/var/tmp|/dev/shm|/run/shm|/var/run|/run/lock|/dev/mqueue|/var/lock)" },
	{ "fetch", "(?:wget|curl|tftp|ftpget|lwp-download|aria2c|axel|lynx|kurl|cdt|cd1|wd1|url1"
		   "|GET http|fetch -\\w+|fetch http)" },
	{ "key", "[A-Za-z0-9+/]{40,}" },
};

static const struct word *find(struct bytes name)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (bytes_equal(name, bytes_str(words[i].name)))
			return &words[i];
	return NULL;
}

/* One round: a word may hold words. */
static int expand(const char *pattern, struct arena *a, struct bytes *ret, struct error *err)
{
	cleanup_buf struct buf out = buf_max(64 * KIB);
	const char *p = pattern, *open, *close;
	while ((open = strstr(p, "{{")) != NULL && (close = strstr(open, "}}")) != NULL) {
		const struct word *w = find(bytes_of(open + 2, (size_t)(close - open - 2)));
		if (w == NULL)
			return error_set(err, ERR_MALFORMED, "there is no word \"%.*s\"",
					 (int)(close + 2 - open), open);
		if (buf_append(&out, p, (size_t)(open - p), err) < 0 ||
		    buf_append_str(&out, w->expression, err) < 0)
			return -1;
		p = close + 2;
	}
	if (buf_append_str(&out, p, err) < 0)
		return -1;
	char *copy = arena_alloc(a, out.n + 1);
	if (copy == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a pattern");
	memcpy(copy, out.p, out.n);
	*ret = bytes_of(copy, out.n);
	return 0;
}

int script_expand(const char *pattern, struct arena *a, struct bytes *ret, struct error *err)
{
	enum { ROUNDS = 3 };
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (expand(pattern, a, ret, err) < 0)
			return -1;
		pattern = (const char *)ret->p;
	}
	return 0;
}
