#include "event_try.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

static uint32_t roll(unsigned *seed, uint32_t below)
{
	return (uint32_t)rand_r(seed) % below;
}

static void fill(unsigned *seed, uint8_t *p, size_t n, bool text)
{
	for (size_t i = 0; i < n; i++)
		p[i] = text ? (uint8_t)('a' + roll(seed, 26)) : (uint8_t)roll(seed, 256);
}

static uint16_t length_of(unsigned *seed, uint32_t most)
{
	uint32_t kind = roll(seed, 8);
	return (uint16_t)(kind == 0 ? 0 : kind == 1 ? most : roll(seed, 64));
}

static void random_numbers(unsigned *seed, struct guard_event *k)
{
	fill(seed, (uint8_t *)k, sizeof *k, false);
	k->abi = GUARD_ABI;
	k->type = (uint16_t)(EVENT_EXEC + roll(seed, EVENT_AGENT));
	k->outcome = (uint8_t)roll(seed, OUTCOME_RESTORED + 1);
	k->item = (uint8_t)roll(seed, GUARD_ITEMS);
	k->cpu = roll(seed, 4);
	k->backend = roll(seed, 2) == 0 ? 0 : 1u << roll(seed, 5);
	k->object.origin = roll(seed, ORIGIN_COPY + 1);
	k->family = (uint16_t)(roll(seed, 2) == 0 ? AF_INET : roll(seed, 20));
	k->protocol = (uint16_t)(roll(seed, 2) == 0 ? IPPROTO_TCP : roll(seed, 256));
	k->truncated = (uint8_t)roll(seed, 4);
	k->time = event_now() - roll(seed, 1000000000);
	k->start_time = roll(seed, 4) == 0 ? 0 : k->time - roll(seed, 1000000000);
	k->path_bytes = length_of(seed, GUARD_PATH);
	k->args_bytes = length_of(seed, GUARD_ARGS);
}

size_t event_try_record(unsigned *seed, uint8_t out[static EVENT_RECORD_MOST])
{
	struct guard_event k;
	random_numbers(seed, &k);
	memcpy(out, &k, sizeof k);
	fill(seed, out + sizeof k, k.path_bytes, roll(seed, 2) == 0);
	fill(seed, out + sizeof k + k.path_bytes, k.args_bytes, roll(seed, 2) == 0);
	return sizeof k + k.path_bytes + k.args_bytes;
}

size_t event_try_exec(uint32_t pid, uint32_t parent, uint8_t out[static EVENT_RECORD_MOST])
{
	static const char path[] = "/usr/lib/postgresql/15/bin/postgres";
	static const char args[] = "postgres\0-D\0/var/lib/postgresql/15/main\0-c\0"
				   "config_file=/etc/postgresql/15/main/postgresql.conf";
	struct guard_event k = { .abi = GUARD_ABI,
				 .type = EVENT_EXEC,
				 .item = ITEM_NONE,
				 .time = event_now(),
				 .sequence = pid - 1,
				 .container = 7,
				 .cgroup = 123456,
				 .tgid = pid,
				 .tid = pid,
				 .start_time = 1000000ull + pid,
				 .ppid = parent,
				 .parent_start_time = 1000000ull + parent,
				 .uid = 1000,
				 .gid = 1000,
				 .loginuid = UINT32_MAX,
				 .object = { .dev = 8 << 20 | 1,
					     .mode = 0100755,
					     .ino = 4711,
					     .size = 1 << 20,
					     .nlink = 1,
					     .origin = ORIGIN_IMAGE },
				 .path_bytes = sizeof path,
				 .args_bytes = sizeof args,
				 .comm = "postgres",
				 .parent_comm = "postgres" };
	memcpy(out, &k, sizeof k);
	memcpy(out + sizeof k, path, sizeof path);
	memcpy(out + sizeof k + sizeof path, args, sizeof args);
	return sizeof k + sizeof path + sizeof args;
}
