# Mail::DeliveryStatus::BounceParser over an mbox on standard input: "NUMBER REASON" for each message.
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;

my $number = 0;
my @messages = split /^From MAILER-DAEMON .*\n/m, do { local $/; <STDIN> };
shift @messages;
open STDERR, '>', '/dev/null';    # what it thinks of odd messages
for my $text (@messages) {
	my $bounce = eval { Mail::DeliveryStatus::BounceParser->new($text) };
	my ($report) = $bounce ? $bounce->reports : ();
	print "$number ", ($report && $report->get('std_reason')) || '', "\n";
	$number++;
}
