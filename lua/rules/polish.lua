-- Polish, with and without its letters.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Polish servers", any = {
	"nieznany użytkownik", "nieznany uzytkownik", "użytkownik nieznany", "uzytkownik nieznany",
	"użytkownik nie istnieje", "uzytkownik nie istnieje", "nie ma takiego użytkownika",
	"nie ma takiego uzytkownika", "brak użytkownika", "brak uzytkownika", "brak takiego użytkownika",
	"brak takiego uzytkownika", "nieznany odbiorca", "odbiorca nieznany", "odbiorca nie istnieje",
	"nieprawidłowy odbiorca", "nieprawidlowy odbiorca", "nieznany adres", "adres nie istnieje",
	"nieprawidłowy adres", "nieprawidlowy adres", "niepoprawny adres", "skrzynka nie istnieje",
	"nie ma takiej skrzynki", "brak takiej skrzynki", "brak skrzynki", "konto nie istnieje",
	"nie ma takiego konta", "brak takiego konta", "nie istnieje",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Polish servers", any = {

	"przepełniona skrzynka", "przepelniona skrzynka", "przekroczono limit miejsca",
	"przekroczony quota", "brak miejsca",  } }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10, source = "Polish servers", any = {
	"konto zablokowane", "konto nieaktywne", "konto wyłączone", "konto wylaczone", "konto zawieszone",
	"konto usunięte", "konto usuniete", "konto wygasło", "konto wygaslo", "skrzynka zablokowana",
	"skrzynka nieaktywna", "skrzynka wyłączona", "skrzynka wylaczona", "skrzynka zawieszona",
	"użytkownik zablokowany", "uzytkownik zablokowany" } }
rules:add { category = "domain-bad", confidence = 0.9, source = "Polish servers", any = { "nieznana domena",
	"nieprawidłowa domena" } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "Polish servers", any = {
	"nadawca odrzucony", "nieznany nadawca", "nieprawidłowy nadawca", "nieprawidlowy nadawca", "adres nadawcy",
	"nadawca zablokowany", "domena nadawcy", "nadawca nie istnieje" } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 25, source = "Polish servers", any = {
	"adres ip zablokowany", "ip zablokowany",
	"zablokowany adres ip",  } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 25, source = "Polish servers", any = {
	"zbyt wiele połączeń", "zbyt wiele polaczen", "za dużo połączeń", "za duzo polaczen", "zbyt dużo",
	"zbyt duzo", "zbyt wiele wiadomości", "zbyt wiele wiadomosci", "przekroczono limit", "przekroczony limit",
	"limit wiadomości", "limit wiadomosci", "zbyt wielu odbiorców", "zbyt wielu odbiorcow" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10, source = "Polish servers", any = {
	"uznana za spam", "uznany za spam", "wiadomość spam", "wiadomosc spam", "rozpoznana jako spam",
	"zakwalifikowana jako spam", "zawiera wirusa", "wykryto wirusa",
	 } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20, source = "Polish servers", any = {
	"wiadomość zbyt duża", "wiadomosc zbyt duza", "wiadomość za duża", "za duża wiadomość",

	"przekracza dopuszczalny rozmiar" } }
rules:add { category = "system-error", confidence = 0.75, source = "Polish servers", any = {
	"błąd wewnętrzny", "blad wewnetrzny", "błąd tymczasowy", "blad tymczasowy", "tymczasowy błąd",
	"tymczasowy blad", "usługa niedostępna", "usluga niedostepna", "spróbuj później", "sprobuj pozniej",
	"proszę spróbować później", "chwilowo niedostępn" } }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10, source = "Polish servers", any = {
	{ "ip", "zablokowany" }, { "ip", "zablokowane" }, { "ip", "zablokowano" }, { "ip", "odrzucony" }, { "ip",
	"odrzucono" },
} }
