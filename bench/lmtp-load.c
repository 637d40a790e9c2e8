/*
 * lmtp-load lmtp SOCKET CLIENTS MESSAGES [each]: so many clients at once send so many messages in all over the Unix socket, each over one connection, or
 * (each) every message over a connection of its own.
 * lmtp-load deliver MESSAGES COMMAND...: one process after another with one message on standard input.
 * lmtp-load parallel PROCESSES MESSAGES COMMAND...: the same, so many processes at once.
 * Prints messages a second; only what was answered 250, or with status 0, counts, and anything else ends it.
 */
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BYTES 5000

static const char *const words[] = {"we", "ask", "about", "registrar", "complaints", "and", "the", "root", "zone", "phishing", "plan", "of", "next", "year"};

struct client {
	const char *path;
	int number, messages;
	gboolean each;
};

static void G_GNUC_NORETURN
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A message of its own for each NUMBER, with lines that end with END. */
static GString *
make_message(int number, const char *end)
{
	GString *text = g_string_sized_new(BYTES + 200);
	g_autoptr(GRand) rand = g_rand_new_with_seed(number);

	g_string_append_printf(text,
	    "From: Writer <writer@example.org>%sTo: input@example.net%sSubject: on the plan%sDate: Tue, 12 Feb 2019 10:00:00 +0000%s"
	    "Message-ID: <%d.%d@example.org>%s%s",
	    end, end, end, end, number, (int)getpid(), end, end);
	while (text->len < BYTES) {
		for (int i = 0; i < 11; i++)
			g_string_append_printf(text, "%s%s", i > 0 ? " " : "", words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
		g_string_append(text, end);
	}
	return text;
}

static void
send_all(int fd, const char *data, gsize length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n <= 0)
			fail("write");
		data += n;
		length -= n;
	}
}

/* Reads REPLIES whole replies, the last of which must begin with CODE. */
static void
expect(int fd, int replies, const char *code)
{
	char buffer[4096], line[512];
	gsize used = 0;

	while (replies > 0) {
		ssize_t n = read(fd, buffer, sizeof buffer);

		if (n <= 0)
			fail("read");
		for (ssize_t i = 0; i < n; i++) {
			if (used + 1 < sizeof line)
				line[used++] = buffer[i];
			if (buffer[i] != '\n')
				continue;
			if (used > 3 && line[3] == ' ' && --replies == 0 && strncmp(line, code, strlen(code)) != 0) {
				fprintf(stderr, "expected %s, got %.*s", code, (int)used, line);
				exit(1);
			}
			used = 0;
		}
	}
}

static int
say_hello(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		fail(path);
	expect(fd, 1, "220");
	send_all(fd, "LHLO bench\r\n", 12);
	expect(fd, 1, "250");
	return fd;
}

static void
say_goodbye(int fd)
{
	send_all(fd, "QUIT\r\n", 6);
	expect(fd, 1, "221");
	close(fd);
}

static gpointer
run_client(gpointer data)
{
	static const char envelope[] = "MAIL FROM:<writer@example.org> SIZE=5000\r\nRCPT TO:<input@example.net>\r\nDATA\r\n";
	struct client *client = data;
	int fd = -1;

	for (int i = 0; i < client->messages; i++) {
		g_autoptr(GString) message = make_message(client->number * 1000000 + i, "\r\n");

		g_string_append(message, ".\r\n");
		if (fd < 0)
			fd = say_hello(client->path);
		send_all(fd, envelope, sizeof envelope - 1);
		expect(fd, 3, "354");
		send_all(fd, message->str, message->len);
		expect(fd, 1, "250");
		if (client->each) {
			say_goodbye(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		say_goodbye(fd);
	return NULL;
}

static void
load(const char *path, int clients, int messages, gboolean each)
{
	g_autofree struct client *all = g_new0(struct client, clients);
	g_autofree GThread **threads = g_new0(GThread *, clients);

	for (int i = 0; i < clients; i++) {
		all[i] = (struct client){.path = path, .number = i, .messages = messages / clients + (i < messages % clients), .each = each};
		threads[i] = g_thread_new("client", run_client, &all[i]);
	}
	for (int i = 0; i < clients; i++)
		g_thread_join(threads[i]);
}

static void
deliver(int first, int messages, char **command)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	for (int i = first; i < first + messages; i++) {
		g_autoptr(GString) message = make_message(i, "\n");
		posix_spawn_file_actions_t actions;
		int status = 1;
		pid_t pid;

		if (ftruncate(fd, 0) != 0 || pwrite(fd, message->str, message->len, 0) != (ssize_t)message->len || lseek(fd, 0, SEEK_SET) != 0)
			fail("message");
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
		if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) == 0)
			waitpid(pid, &status, 0);
		posix_spawn_file_actions_destroy(&actions);
		if (status != 0)
			fail(command[0]);
	}
	close(fd);
}

struct share {
	char **command;
	int first, messages;
};

static gpointer
deliver_share(gpointer data)
{
	const struct share *share = data;

	deliver(share->first, share->messages, share->command);
	return NULL;
}

static void
deliver_parallel(int at_once, int messages, char **command)
{
	g_autofree struct share *shares = g_new0(struct share, at_once);
	g_autofree GThread **threads = g_new0(GThread *, at_once);

	for (int i = 0; i < at_once; i++) {
		shares[i] = (struct share){.command = command, .first = i * 1000000, .messages = messages / at_once + (i < messages % at_once)};
		threads[i] = g_thread_new("deliver", deliver_share, &shares[i]);
	}
	for (int i = 0; i < at_once; i++)
		g_thread_join(threads[i]);
}

int
main(int argc, char **argv)
{
	gboolean lmtp = argc > 4 && strcmp(argv[1], "lmtp") == 0, one = argc > 3 && strcmp(argv[1], "deliver") == 0;
	gboolean parallel = argc > 4 && strcmp(argv[1], "parallel") == 0;
	int messages = lmtp ? atoi(argv[4]) : one ? atoi(argv[2]) : parallel ? atoi(argv[3]) : 0;
	gint64 start = g_get_monotonic_time();

	if (messages <= 0 || ((lmtp || parallel) && atoi(argv[lmtp ? 3 : 2]) <= 0)) {
		fputs("usage: lmtp-load lmtp SOCKET CLIENTS MESSAGES [each] | deliver MESSAGES COMMAND... | parallel PROCESSES MESSAGES COMMAND...\n", stderr);
		return 64;
	}
	if (lmtp)
		load(argv[2], atoi(argv[3]), messages, argc > 5);
	else if (one)
		deliver(0, messages, argv + 3);
	else
		deliver_parallel(atoi(argv[2]), messages, argv + 4);
	printf("%.1f\n", messages * 1e6 / (double)(g_get_monotonic_time() - start));
	return 0;
}
