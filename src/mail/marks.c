#include "mail/marks.h"

#include <string.h>

#define RULE_LENGTH 20   /* underscores, dashes or equals signs that make a line a rule */
#define LOOK 800         /* bytes of a paragraph that are looked at */
#define LOOK_START 64    /* and those that must begin as one of a table does */
#define FILTER_SIZE 1024 /* hashes of the words of a table */

static const struct {
	const char *label; /* ASCII letters in lower case */
	enum mark_field field;
} fields[] = {
    {"from", FIELD_FROM},
    {"von", FIELD_FROM},
    {"de", FIELD_FROM},
    {"da", FIELD_FROM},
    {"van", FIELD_FROM},
    {"från", FIELD_FROM},
    {"fra", FIELD_FROM},
    {"От", FIELD_FROM},
    {"Від", FIELD_FROM},
    {"od", FIELD_FROM},
    {"发件人", FIELD_FROM},
    {"寄件者", FIELD_FROM},
    {"寄件人", FIELD_FROM},
    {"差出人", FIELD_FROM},
    {"送信者", FIELD_FROM},
    {"보낸 사람", FIELD_FROM},
    {"보낸사람", FIELD_FROM},
    {"من", FIELD_FROM},
    {"از", FIELD_FROM},
    {"kimden", FIELD_FROM},
    {"gönderen", FIELD_FROM},
    {"lähettäjä", FIELD_FROM},
    {"feladó", FIELD_FROM},
    {"Από", FIELD_FROM},
    {"expéditeur", FIELD_FROM},
    {"מאת", FIELD_FROM},
    {"mittente", FIELD_FROM},
    {"remitente", FIELD_FROM},
    {"date", FIELD_DATE},
    {"sent", FIELD_DATE},
    {"datum", FIELD_DATE},
    {"gesendet", FIELD_DATE},
    {"envoyé", FIELD_DATE},
    {"enviado", FIELD_DATE},
    {"enviado el", FIELD_DATE},
    {"enviada em", FIELD_DATE},
    {"enviado em", FIELD_DATE},
    {"fecha", FIELD_DATE},
    {"data", FIELD_DATE},
    {"inviato", FIELD_DATE},
    {"verzonden", FIELD_DATE},
    {"skickat", FIELD_DATE},
    {"sendt", FIELD_DATE},
    {"dato", FIELD_DATE},
    {"Дата", FIELD_DATE},
    {"Отправлено", FIELD_DATE},
    {"Надіслано", FIELD_DATE},
    {"wysłano", FIELD_DATE},
    {"odesláno", FIELD_DATE},
    {"发送时间", FIELD_DATE},
    {"日期", FIELD_DATE},
    {"時間", FIELD_DATE},
    {"寄件日期", FIELD_DATE},
    {"傳送時間", FIELD_DATE},
    {"送信日時", FIELD_DATE},
    {"日付", FIELD_DATE},
    {"日時", FIELD_DATE},
    {"보낸 날짜", FIELD_DATE},
    {"날짜", FIELD_DATE},
    {"تاريخ", FIELD_DATE},
    {"التاريخ", FIELD_DATE},
    {"تم الإرسال", FIELD_DATE},
    {"ارسال", FIELD_DATE},
    {"gönderme tarihi", FIELD_DATE},
    {"tarih", FIELD_DATE},
    {"lähetetty", FIELD_DATE},
    {"elküldve", FIELD_DATE},
    {"Ημερομηνία", FIELD_DATE},
    {"Στάλθηκε", FIELD_DATE},
    {"date d'envoi", FIELD_DATE},
    {"to", FIELD_TO},
    {"cc", FIELD_TO},
    {"an", FIELD_TO},
    {"à", FIELD_TO},
    {"para", FIELD_TO},
    {"a", FIELD_TO},
    {"aan", FIELD_TO},
    {"till", FIELD_TO},
    {"til", FIELD_TO},
    {"Кому", FIELD_TO},
    {"Копия", FIELD_TO},
    {"do", FIELD_TO},
    {"komu", FIELD_TO},
    {"收件人", FIELD_TO},
    {"收件者", FIELD_TO},
    {"宛先", FIELD_TO},
    {"받는 사람", FIELD_TO},
    {"받는사람", FIELD_TO},
    {"إلى", FIELD_TO},
    {"الى", FIELD_TO},
    {"به", FIELD_TO},
    {"kime", FIELD_TO},
    {"vastaanottaja", FIELD_TO},
    {"címzett", FIELD_TO},
    {"Προς", FIELD_TO},
    {"reply-to", FIELD_TO},
    {"destinataire", FIELD_TO},
    {"抄送", FIELD_TO},
    {"subject", FIELD_SUBJECT},
    {"betreff", FIELD_SUBJECT},
    {"objet", FIELD_SUBJECT},
    {"asunto", FIELD_SUBJECT},
    {"assunto", FIELD_SUBJECT},
    {"oggetto", FIELD_SUBJECT},
    {"onderwerp", FIELD_SUBJECT},
    {"ämne", FIELD_SUBJECT},
    {"emne", FIELD_SUBJECT},
    {"Тема", FIELD_SUBJECT},
    {"temat", FIELD_SUBJECT},
    {"předmět", FIELD_SUBJECT},
    {"主题", FIELD_SUBJECT},
    {"主旨", FIELD_SUBJECT},
    {"件名", FIELD_SUBJECT},
    {"제목", FIELD_SUBJECT},
    {"الموضوع", FIELD_SUBJECT},
    {"موضوع", FIELD_SUBJECT},
    {"konu", FIELD_SUBJECT},
    {"aihe", FIELD_SUBJECT},
    {"tárgy", FIELD_SUBJECT},
    {"Θέμα", FIELD_SUBJECT},
};

static const char *const originals[] = {"original message", "original-nachricht", "original nachricht", "ursprüngliche nachricht", "urspr\xc3\xbcngliche mail",
    "ursprungliche nachricht", "message d'origine", "message d’origine", "message original", "mensaje original", "mensagem original", "messaggio originale",
    "messaggio originale", "oorspronkelijk bericht", "originele bericht", "original-meddelande", "ursprungligt meddelande", "oprindelig meddelelse",
    "opprinnelig melding", "Исходное сообщение", "Исходное письмо", "Пересылаемое сообщение", "Оригінальне повідомлення", "oryginalna wiadomo",
    "původní zpráva", "eredeti üzenet", "orijinal mesaj", "原始邮件", "原始郵件", "邮件原件", "元のメッセージ", "原始訊息", "원본 메시지", "الرسالة الأصلية",
    "الرسالة الاصلية", "original appointment", "reply message", "originalnachricht"};

static const char *const forwards[] = {"forwarded message", "forwarded by", "forwarded mail", "weitergeleitete nachricht", "message transféré",
    "message transmis", "mensaje reenviado", "mensagem encaminhada", "messaggio inoltrato", "doorgestuurd bericht", "vidarebefordrat meddelande", "videresendt",
    "Пересланное сообщение", "Перенаправленное сообщение", "Переслане повідомлення", "przekazana wiadomo", "转发的邮件", "转发邮件", "轉寄郵件", "轉寄的訊息",
    "转发的消息", "転送されたメッセージ", "転送メッセージ", "전달된 메시지", "رسالة محولة", "الرسالة المُحوّلة", "رسالة معاد توجيهها", "پیام باز ارسال",
    "iletilen ileti", "forwarded letter", "forwarded conversation"};

static const char *const begin_forwards[] = {"begin forwarded message:", "début du message réexpédié", "début du message transféré",
    "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail", "inicio del mensaje reenviado", "início da mensagem reencaminhada",
    "inizio messaggio inoltrato", "begin doorgestuurd bericht", "Начало переадресованного сообщения", "Начало пересылаемого сообщения", "以下是转发的邮件",
    "開始轉寄郵件", "以下は転送されたメッセージ", "vidarebefordrat brev:", "start på videresendt"};

static const char *const attribution_starts[] = {"on ", "le ", "am ", "el ", "em ", "il ", "op ", "den ", "dnia ", "w dniu ", "dne ", "no dia ", "at ", "in ",
    "på ", "quoting ", "zitat von", "citando ", "it was ", "from ", "a(z) ", "В ", "Вт", "Пн", "Ср", "Чт", "Пт", "Сб", "Вс", "в ", "Le ", "في ", "بتاريخ",
    "در ", "在 ", "於 ", "于", "yaz", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie",
    "sáb", "dom", "Понедельник", "Вторник"};

static const char *const wrote[] = {"wrote", "writes", "said:", "écrit", "ecrit", "schrieb", "schreef", "escribió", "escribio", "escreveu", "ha scritto",
    "scrisse", "napisał", "napsal", "skrev", "kirjoitti", "yazdı", "írta", "написал", "писал", "пишет", "пише", "написав", "写道", "寫道", "のメッセージ",
    "書きました", "wrote：", "작성", "كتب", "نوشت", "schreibt", "έγραψε", "a scris", "viết", "menulis", "je napisao", "je napisal", "כתב"};

static const char *const mobiles[] = {"sent from my ", "sent from mail for windows", "sent from yahoo", "sent from outlook", "sent from samsung",
    "sent from proton", "sent with proton", "sent via ", "sent using ", "sent by my ", "sent from a mobile", "sent from gmail mobile", "sent on the go",
    "get outlook for ", "envoyé de mon ", "envoyé depuis mon ", "envoyé à partir de ", "envoyé de l'", "télécharger outlook pour", "von meinem ",
    "gesendet von meinem ", "gesendet von mail", "gesendet mit ", "diese nachricht wurde von meinem android", "enviado desde mi ", "enviado de mi ",
    "enviado desde ", "enviado do meu ", "enviada do meu ", "enviado pelo ", "inviato da ", "inviato dal mio ", "verzonden vanaf mijn ",
    "verstuurd vanaf mijn ", "verstuurd van mijn ", "skickat från min ", "sendt fra min ", "Отправлено с ", "Отправлено из ", "Надіслано з ", "wysłane z ",
    "odesláno z ", "lähetetty ", "发自我的", "发自", "從我的 iphone", "從我的", "iphoneから送信", "我的iphone", "나의 iphone에서 보냄", "iphone에서 보냄",
    "أرسلت من", "مرسل من", "تم الإرسال من", "أُرسلت من", "obtenir outlook pour ", "outlook für android", "outlook für ios", "obtener outlook para ",
    "obter o outlook para ", "obter outlook para ", "gesendet von outlook", "从 outlook", "從 outlook", "从我的", "Получите outlook для", "outlook for ios",
    "outlook for android", "مرسلة من", "الحصول على outlook", "iphone'umdan gönderildi", "via newton mail", "sent from the all new"};

static const char *const list_words[] = {"mailing list", "listinfo", "unsubscribe", "mailman", "list archive", "lists.", "google groups", "discussion list",
    "mailing-list", "/mailman/", "googlegroups", "liste de diffusion", "mailingliste", "lista de correo", "postorius", "manage your subscription", "listserv",
    "sympa"};

static const char *const list_starts[] = {"you received this message because you are subscribed", "to unsubscribe from this list",
    "to unsubscribe from this group", "to unsubscribe, send ", "to unsubscribe send ", "to unsubscribe, e-mail",
    "to unsubscribe: ", "unsubscribe: ", "you are receiving this because you are subscribed", "you're receiving this message because",
    "vous recevez ce message", "sie erhalten diese nachricht, weil", "recibiste este mensaje porque", "você recebeu essa mensagem porque",
    "to post to this group, send email"};

static const char *const disclaimer_starts[] = {"this e-mail", "this email", "this message", "this communication", "this transmission", "this electronic",
    "the information", "the contents of this", "confidential", "disclaimer", "notice:", "notice of confidential", "important notice",
    "important:", "important -", "privileged", "private and confidential", "e-mail confidential", "legal notice", "legal disclaimer", "the above message",
    "email disclaimer", "internet e-mail", "all information in this", "any views", "any opinions", "nothing in this", "diese e-mail", "diese nachricht",
    "diese mail", "der inhalt dieser", "wichtiger hinweis", "die information in dieser", "ce message", "ce courriel", "ce mail", "cet e-mail", "cet email",
    "les informations contenues", "avis de confidentialit", "este mensaje", "este correo", "este e-mail", "este email", "la información contenida",
    "aviso legal", "aviso de confidencial", "advertencia", "esta mensagem", "as informações contidas", "questo messaggio", "questa e-mail",
    "le informazioni contenute", "dit bericht", "deze e-mail", "de informatie in dit", "Это сообщение", "Данное сообщение", "Это электронное",
    "Информация, содержащаяся", "本邮件", "本電子郵件", "此邮件", "本电子邮件", "此電子郵件", "本メール", "このメール", "本電子メール", "この電子メール",
    "هذه الرسالة", "هذا البريد", "تحتوي هذه الرسالة", "إخلاء مسؤولية", "إخلاء المسؤولية", "Настоящее сообщение", "Настоящее письмо", "*** confidential",
    "*confidential", "**confidential", "***confidential", "********", "notice to recipient", "if you are not the intended", "if you have received this",
    "if you received this"};

static const char *const disclaimer_words[] = {"intended recipient", "intended only for", "intended solely", "intended for the", "addressee", "confidential",
    "privileged", "in error", "not necessarily represent", "not necessarily reflect", "viruses", "vertraulich", "adressat", "empfänger", "virenfrei",
    "confidentiel", "destinataire", "confidencial", "destinatario", "destinatário", "riservat", "destinatari", "vertrouwelijk", "geadresseerde", "geadresseerd",
    "конфиденциальн", "保密", "机密", "機密", "秘密情報", "受信者", "宛先の方", "سرية", "سري ", "المرسل إليه", "المستلم فقط", "адресат", "rechtlich geschützt"};

static const char *const environment[] = {"please consider the environment", "please think of the environment", "think before you print",
    "before printing, think", "save a tree", "bitte prüfen sie, ob diese", "pensez à l'environnement", "avant d'imprimer", "antes de imprimir",
    "piense en el medio ambiente", "prima di stampare", "denk aan het milieu", "do you really need to print"};

static const char *const banner_starts[] = {"caution", "external", "[external", "*external", "**external", "warning", "*caution", "**caution", "***",
    "[caution", "attention", "notice:", "this message is from an external", "this email originated", "this e-mail originated", "this message originated",
    "this email was sent from outside", "this email came from outside", "this message was sent from outside", "you don't often get email from",
    "you do not often get email from", "some people who received this message", "zjqcmqryfpfptbannerstart", "be careful with this message", "- external email",
    "use caution", "ce message provient de l'ext", "ce courriel provient de l'ext", "courriel externe", "achtung", "vorsicht", "externe e-mail",
    "diese e-mail kommt von außerhalb", "precaución", "cuidado", "este correo proviene", "correo externo", "precauciÓn", "advertencia", "atención", "atenciÓn",
    "atenção", "atenÇÃo", "aviso:", "remetente externo", "este e-mail veio de fora", "este e-mail foi enviado de fora", "ВНИМАНИЕ", "Внимание", "Осторожно",
    "ОСТОРОЖНО", "Внешнее письмо", "警告", "注意", "外部邮件", "外部郵件", "【注意】", "【外部】", "【警告】", "[外部]", "[注意]", "社外", "تحذير", "تنبيه",
    "رسالة خارجية"};

static const char *const banner_words[] = {"originated outside", "originated from outside", "outside of", "outside your", "outside the", "external email",
    "external sender", "external source", "external mail", "external message", "do not click", "don't click", "learn why this is important",
    "don't often get email", "not often get email", "not click links", "zjqcmqryfpfptbannerstart", "provient de l'ext", "ne cliquez pas", "klicken sie nicht",
    "außerhalb", "externen absender", "no haga clic", "remitente externo", "este correo proviene", "fuera de la organización", "não clique",
    "de fora da organização", "внешнего источника", "внешнего отправителя", "внешний отправитель", "Не переходите по ссылкам", "не переходите по ссылкам",
    "外部发件人", "外部寄件者", "请勿点击", "請勿點擊", "谨慎点击", "不要点击", "社外から", "外部から", "クリックしないで", "من خارج", "لا تنقر", "مرسل خارجي"};

/* The first bytes of TEXT with ASCII in lower case, other letters as they are. */
static void
lower_copy(const char *text, gsize length, char out[LOOK + 1])
{
	gsize i, size = 0;

	length = MIN(length, LOOK);
	for (i = 0; i < length; i++) {
		char c = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);

		if ((c == '\n' || c == '\r' || c == '\t') && size > 0 && out[size - 1] == ' ')
			continue;
		out[size++] = c == '\n' || c == '\r' || c == '\t' || c == '\0' ? ' ' : c;
	}
	out[size] = '\0';
}

static gboolean
starts_with_any(const char *text, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (*words[i] == *text && g_str_has_prefix(text, words[i]))
			return TRUE;
	return FALSE;
}

/* Of the first three bytes of a word, which no word of the tables is shorter than. */
static guint
word_hash(const char *at)
{
	return (((guint8)at[0] * 33U + (guint8)at[1]) * 33U + (guint8)at[2]) % FILTER_SIZE;
}

/* One pass over TEXT whatever the number of words: a sender may have the same bytes looked at in many overlapping paragraphs. */
static gboolean
contains_any(const char *text, const char *const *words, gsize n)
{
	guint8 first[FILTER_SIZE] = {0}, next[G_MAXUINT8]; /* words of one hash, from 1; 0 ends them */

	if (text[0] == '\0' || text[1] == '\0')
		return FALSE;
	for (gsize i = 0; i < n; i++) {
		guint8 *head = &first[word_hash(words[i])];

		next[i] = *head;
		*head = (guint8)(i + 1);
	}
	for (; text[2] != '\0'; text++)
		for (guint i = first[word_hash(text)]; i > 0; i = next[i - 1])
			if (g_str_has_prefix(text, words[i - 1]))
				return TRUE;
	return FALSE;
}

#define STARTS(text, table) starts_with_any(text, table, G_N_ELEMENTS(table))
#define CONTAINS(text, table) contains_any(text, table, MIN(G_N_ELEMENTS(table), G_MAXUINT8))

enum mark_field
mark_field(const char *line, gsize length)
{
	char label[48];
	gsize size = 0, i = 0;

	length = MIN(length, sizeof(label));
	if (memchr(line, ':', length) == NULL && memchr(line, '\xef', length) == NULL) /* most lines: no colon, not even a full-width one */
		return FIELD_NONE;
	while (i < length && (line[i] == ' ' || line[i] == '*' || line[i] == '\t'))
		i++;
	for (; i < length && size < sizeof(label) - 1 && line[i] != ':' && !(line[i] == '\xef' && memcmp(line + i, "：", MIN(3, length - i)) == 0); i++)
		label[size++] = g_ascii_tolower(line[i]);
	if (i == length || size == sizeof(label) - 1)
		return FIELD_NONE;
	while (
	    size > 0 && (label[size - 1] == ' ' || label[size - 1] == '*' || label[size - 1] == '\t' || label[size - 1] == '\xa0' || label[size - 1] == '\xc2'))
		size--;
	label[size] = '\0';
	for (i = 0; i < G_N_ELEMENTS(fields); i++)
		if (fields[i].label[0] == label[0] && strcmp(fields[i].label, label) == 0)
			return fields[i].field;
	return FIELD_NONE;
}

gboolean
mark_is_original(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 8)
		return FALSE;
	lower_copy(line, length, lower);
	if (!g_str_has_prefix(lower, "---"))
		return FALSE;
	return CONTAINS(lower, originals) || (g_str_has_suffix(lower, "---") && strpbrk(lower, "0123456789") != NULL && CONTAINS(lower, wrote));
}

gboolean
mark_is_forward(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 8)
		return FALSE;
	lower_copy(line, length, lower);
	return g_str_has_prefix(lower, "---") ? CONTAINS(lower, forwards) : STARTS(lower, begin_forwards);
}

gboolean
mark_is_attribution_start(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, MIN(length, 40), lower);
	return STARTS(lower, attribution_starts) || g_ascii_isdigit(*lower);
}

gboolean
mark_has_wrote(const char *text, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(text, length, lower);
	return CONTAINS(lower, wrote);
}

gboolean
mark_is_mobile(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 4)
		return FALSE;
	lower_copy(line, length, lower);
	return STARTS(lower, mobiles) || (length < 60 && strstr(lower, "iphone gesendet") != NULL);
}

gboolean
mark_is_list_footer(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, length, lower);
	return CONTAINS(lower, list_words);
}

gboolean
mark_starts_list_footer(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, MIN(length, 100), lower);
	return STARTS(lower, list_starts);
}

gboolean
mark_is_disclaimer(const char *paragraph, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(paragraph, MIN(length, LOOK_START), lower);
	if (STARTS(lower, environment))
		return TRUE;
	if (length < 60 || !STARTS(lower, disclaimer_starts))
		return FALSE;
	lower_copy(paragraph, length, lower);
	return CONTAINS(lower, disclaimer_words);
}

gboolean
mark_is_banner(const char *paragraph, gsize length)
{
	char lower[LOOK + 1];

	if (length > 700)
		return FALSE;
	lower_copy(paragraph, MIN(length, LOOK_START), lower);
	if (!STARTS(lower, banner_starts))
		return FALSE;
	lower_copy(paragraph, length, lower);
	return CONTAINS(lower, banner_words);
}

/* A line of one repeated sign, spaces aside. */
static gboolean
is_rule(const char *text, gsize length, char sign)
{
	gsize count = 0;

	for (gsize i = 0; i < length; i++) {
		if (text[i] != sign && text[i] != ' ')
			return FALSE;
		count += text[i] == sign;
	}
	return count >= RULE_LENGTH;
}

static enum line_class
classify_dashes(const char *at, gsize length)
{
	if (length == 3 && memcmp(at, "-- ", 3) == 0)
		return LINE_DELIMITER;
	if (length == 5 && memcmp(at, "- -- ", 5) == 0) /* escaped by PGP */
		return LINE_DELIMITER;
	if (length >= 10 && memcmp(at, "-----BEGIN PGP SIGNED", MIN(length, 21)) == 0)
		return LINE_PGP_SIGNED;
	if (length >= 10 && memcmp(at, "-----BEGIN PGP SIGNATURE", MIN(length, 24)) == 0)
		return LINE_PGP_SIGNATURE;
	if (length >= 10 && memcmp(at, "-----END PGP SIGNATURE", MIN(length, 22)) == 0)
		return LINE_PGP_END;
	while (length > 0 && at[length - 1] == ' ')
		length--;
	if (length <= 4 && strspn(at, "-") >= length)
		return length >= 2 ? LINE_DASHES : LINE_TEXT;
	if (is_rule(at, length, '-'))
		return LINE_RULE;
	if (at[1] == '-' && mark_is_original(at, length))
		return LINE_ORIGINAL;
	return at[1] == '-' && mark_is_forward(at, length) ? LINE_FORWARD : LINE_TEXT;
}

static gboolean
ends_in_colon(const char *text, gsize length)
{
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '*'))
		length--;
	return length > 0 && (text[length - 1] == ':' || (length > 3 && memcmp(text + length - 3, "：", 3) == 0));
}

enum line_class
mark_line(const char *text, gsize length)
{
	gsize blank = 0;

	while (blank < length && (text[blank] == ' ' || text[blank] == '\t'))
		blank++;
	if (blank < length && text[blank] == '\xc2') /* no-break spaces alone */
		while (blank + 1 < length && ((text[blank] == '\xc2' && text[blank + 1] == '\xa0') || text[blank] == ' '))
			blank += text[blank] == ' ' ? 1 : 2;
	if (blank == length)
		return LINE_BLANK;
	switch (text[blank]) {
	case '>':
		return blank <= 1 ? LINE_QUOTE : LINE_TEXT;
	case '-':
		return classify_dashes(text + blank, length - blank);
	case '_':
		return is_rule(text + blank, length - blank, '_') ? LINE_RULE : LINE_TEXT;
	case '=':
		return is_rule(text + blank, length - blank, '=') ? LINE_RULE : LINE_TEXT;
	default:
		break;
	}
	if (text[0] == 'b' && length > 10 && length < 200 && memcmp(text, "begin ", 6) == 0 && strspn(text + 6, "01234567") == 3 && text[9] == ' ')
		return LINE_UUENCODE;
	if (!ends_in_colon(text, length))
		return LINE_TEXT;
	return mark_is_forward(text + blank, length - blank) ? LINE_FORWARD : LINE_COLON;
}
