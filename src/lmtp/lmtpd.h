/* postbag-lmtpd(8): the options, the configuration, the process's own state; then server_run. */
#ifndef LMTP_LMTPD_H
#define LMTP_LMTPD_H

/* Runs the program: returns its exit status. */
int lmtpd_main(int argc, char **argv);

#endif
