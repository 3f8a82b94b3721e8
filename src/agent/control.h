/* The control socket: root's `corten` asks, the sensor role answers. A request
 * is one frame: the verb and its arguments; the answer is any number of frames
 * with one line each (JSON), then one with the outcome. */
#ifndef CORTEN_AGENT_CONTROL_H
#define CORTEN_AGENT_CONTROL_H

#include <sys/socket.h>

#include "ipc/ipc.h"

enum control_message { CONTROL_REQUEST = 1, CONTROL_LINE = 2, CONTROL_DONE = 3 };
enum { CONTROL_WORDS = 8 };

/* The asking side. run_dir: where agent.sock is. ERR_NOT_FOUND "the agent does
 * not run". For each line f is called; false stops. */
int control_ask(const char *run_dir, const char *const *words, size_t count,
		bool (*f)(void *ctx, struct bytes line), void *ctx, struct error *err);

struct control_server;

/* Answers one request: puts lines with control_line; -1 with err is the outcome. */
typedef int control_answer(void *ctx, struct control_server *s, int client,
			   const char *const *words, size_t count, struct error *err);

int control_server_new(const char *run_dir, control_answer *answer, void *ctx,
		       struct control_server **ret, struct error *err);
void control_server_free(struct control_server *s);
/* For poll: the epoll descriptor of the socket and its clients. */
int control_server_fd(const struct control_server *s);
int control_server_serve(struct control_server *s, struct error *err);
/* Who a client is, as the kernel says. */
void control_peer(const struct control_server *s, int client, struct ucred *ret);
/* Queues a line for a client. A client that does not read loses it: counted. */
void control_line(struct control_server *s, int client, struct bytes line);
/* The client stays and gets every line of control_publish. */
void control_follow(struct control_server *s, int client);
void control_publish(struct control_server *s, struct bytes line);
bool control_has_followers(const struct control_server *s);
uint64_t control_lost(const struct control_server *s);

#endif
