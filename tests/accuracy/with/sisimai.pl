# Sisimai over an mbox on standard input: "NUMBER REASON" for each recipient rNUMBER@...
use strict;
use warnings;
use File::Temp;
use Sisimai;

my $mbox = File::Temp->new(SUFFIX => '.mbox');
print {$mbox} do { local $/; <STDIN> };
close $mbox;
open STDERR, '>', '/dev/null';    # what it thinks of odd messages
for my $found (@{Sisimai->make($mbox->filename) || []}) {
	my ($number) = $found->recipient->address =~ /^r(\d+)@/ or next;
	print "$number ", $found->reason, "\n";
}
