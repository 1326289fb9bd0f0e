# Mail::DeliveryStatus::BounceParser over the messages of a directory, from memory, for some seconds of
# processor time. Prints: messages a second, messages in which it names somebody, messages.
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;

my ($seconds, $dir) = @ARGV;
my @messages = map { local (@ARGV, $/) = $_; my $text = <>; $text } glob "$dir/*.eml";
open STDERR, '>', '/dev/null';    # what it thinks of odd messages
sub one { my ($text) = @_; return eval { Mail::DeliveryStatus::BounceParser->new($text) } }
my $named = grep { my $b = one($_); $b && $b->is_bounce && $b->addresses } @messages;
my ($start) = times;
my ($done, $now) = (0, $start);
while ($now - $start < $seconds) {
	one($_) for @messages;
	$done += @messages;
	($now) = times;
}
printf "%.1f %d %d\n", $done / ($now - $start), $named, scalar @messages;
