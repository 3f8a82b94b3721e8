/* Whether Ubuntu Pro's extended security maintenance (ESM) is in force. An
 * attached system says so in the status file of pro(1) and in the apt sources
 * and credentials that `pro enable` writes and `pro disable` takes away:
 *
 *   status.json	{"services": [{"name": "esm-infra", "status": "enabled"}, …]}
 *   *.list		deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main
 *   *.sources	URIs: https://esm.ubuntu.com/apps/ubuntu
 *
 * Its other streams (FIPS, real time) have advisories of their own and are not
 * told here. */
#include "format/json.h"
#include "pkgdb/osrelease_internal.h"

enum esm { ESM_APPS = 1, ESM_INFRA = 2 };

static bool esm_tell(unsigned found, struct os_facts *ret)
{
	static const struct bytes names[] = {
		BYTES_CONST(""),
		[ESM_APPS] = BYTES_CONST("esm-apps"),
		[ESM_INFRA] = BYTES_CONST("esm-infra"),
		[ESM_APPS | ESM_INFRA] = BYTES_CONST("esm-apps,esm-infra"),
	};
	ret->extended = names[found];
	return found != 0;
}

/* One object of "services": the stream, when it is enabled. */
static unsigned pro_service(struct json_reader *r)
{
	struct bytes key, value;
	unsigned stream = 0;
	bool enabled = false;

	if (!json_enter_object(r))
		return 0;
	while (json_next_key(r, &key)) {
		bool is_name = bytes_equal(key, BYTES_LIT("name"));
		bool is_status = bytes_equal(key, BYTES_LIT("status"));
		if (!is_name && !is_status) {
			json_skip(r);
		} else if (json_get_string(r, &value)) {
			if (is_status)
				enabled = bytes_equal(value, BYTES_LIT("enabled"));
			else if (bytes_equal(value, BYTES_LIT("esm-apps")))
				stream = ESM_APPS;
			else if (bytes_equal(value, BYTES_LIT("esm-infra")))
				stream = ESM_INFRA;
		}
	}
	return enabled ? stream : 0;
}

bool os_read_pro(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct json_reader *r = json_open_bytes(text);
	struct bytes key;
	unsigned found = 0;

	(void)scratch;
	if (json_enter_object(r)) {
		while (json_next_key(r, &key)) {
			if (!bytes_equal(key, BYTES_LIT("services"))) {
				json_skip(r);
			} else if (json_enter_array(r)) {
				while (json_next_item(r))
					found |= pro_service(r);
			}
		}
	}
	bool whole = json_finish(r, NULL) == 0;
	json_close(r);
	return whole && esm_tell(found, ret);
}

/* The stream that a line names: the first part of the path on Ubuntu's ESM
 * server. 14.04's was once "/ubuntu". */
static unsigned esm_stream(struct bytes line)
{
	static const char host[] = "esm.ubuntu.com/";
	const uint8_t *at = line.n == 0 ? NULL : memmem(line.p, line.n, host, sizeof(host) - 1);
	if (at == NULL)
		return 0;
	struct bytes path = bytes_sub(line, (size_t)(at - line.p) + sizeof(host) - 1, line.n);
	if (bytes_starts_with(path, BYTES_LIT("apps")))
		return ESM_APPS;
	return bytes_starts_with(path, BYTES_LIT("infra")) ||
			       bytes_starts_with(path, BYTES_LIT("ubuntu"))
		       ? ESM_INFRA
		       : 0;
}

bool os_read_esm_source(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct bytes line;
	unsigned found = 0;

	(void)scratch;
	while (bytes_next_field(&text, '\n', &line)) {
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (bytes_equal(line, BYTES_LIT("Enabled: no")))
			return false;
		found |= esm_stream(line);
	}
	return esm_tell(found, ret);
}
