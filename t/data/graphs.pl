#!/usr/bin/perl
# graphs.pl FIRST LAST: random pipelines, one for each seed from FIRST to LAST: branches in branches up to three deep,
# with pure, ordered and aggregate stages, batches, buffers and sinks in them, and any max_demand and min_demand. Each is
# evaluated here, by lists in memory, while it is made; spile must give the same, within a time limit, and its --stats
# must balance. Where order is defined it is compared, too. Tells of each that differs; exit status 1 where one does.
use strict;
use warnings;

my $spile = $ENV{SPILE} || './spile';
my $state;              # of the random numbers: the same for a seed wherever this runs
my ($nstages, $nfiles); # of the pipeline that is being made
my ($early);            # it may end before its input does
my (@links);            # [i, j]: all that stage i puts out goes to stage j
my (%files);            # what goes to each file, and whether in that order

sub below { my ($n) = @_; $state = $state * 16807 % 2147483647; return int($state / 2147483647 * $n) }
sub one_of { return $_[below(scalar @_)] }
sub chance { my ($percent) = @_; return below(100) < $percent }

# A stage of that text: its number, and the text with its demand.
sub stage {
	my ($text, $from) = @_;
	my $number = $nstages++;
	push @links, [$from, $number] if defined $from;
	if (chance(30)) {
		my $max = one_of(1, 2, 3, 7, 50, 1000, 5000);
		$text .= " max_demand=$max" . (chance(60) ? ' min_demand=' . below($max) : '');
	}
	return ($number, $text);
}

# What a stage may depend on, by where it stands. A copy of balance gets any events: there only what is made of one event
# alone is known. A copy of partition gets all that are equal. Elsewhere a stream is known as a whole.
use constant {ANY => 0, EQUAL => 1, WHOLE => 2};

# ---- rows of stages: each takes and gives a stream, {events, ordered, place, from} ----

sub per_event {
	my ($s) = @_;
	my ($k, $c) = (2 + below(5), below(20));
	my $r = below($k);
	my @e = @{$s->{events}};
	my $kind = below(7);
	if ($kind == 0) { return ("filter \$1 % $k == $r", [grep { $_ % $k == $r } @e]) }
	if ($kind == 1) { return ("reject \$1 % $k == $r", [grep { $_ % $k != $r } @e]) }
	if ($kind == 2) { return ("map \$1 + $c", [map { $_ + $c } @e]) }
	if ($kind == 3 && @e < 3000) {
		$s->{place} = ANY; # equal ones may now come from different copies
		return ("map \"\$1 \${\$1 + $c}\" | words", [map { ($_, $_ + $c) } @e]);
	}
	if ($kind == 4) { return ("filter 0", []) if chance(15) }
	if ($kind == 5) { return ("set x=\$1 | map \$x * 2", [map { $_ * 2 } @e]) }
	return ("skip 0", [@e]);
}

sub same_events {
	my ($s) = @_;
	my $n = 1 + below(chance(50) ? 5 : 300);
	return (one_of("batch $n | unbatch", "buffer $n", "batch auto | unbatch", "batch $n | buffer 2 | unbatch"), [@{$s->{events}}]);
}

sub distinct { my %seen; return grep { !$seen{$_}++ } @_ }
sub largest { my ($n, @e) = @_; @e = sort { $b <=> $a } @e; return @e[0 .. ($n < @e ? $n : @e) - 1] }
sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

sub on_equal_ones {
	my ($s) = @_;
	my @e = @{$s->{events}};
	my ($kind, %n) = (below(3));
	$n{$_}++ for @e;
	$s->{ordered} = 0 if $kind;
	if ($kind == 0) { $s->{ordered} = 0 if $s->{place} < WHOLE; return ('distinct', [distinct(@e)]) }
	if ($kind == 1) { return ('take 2 by $0', [map { ($_) x ($n{$_} < 2 ? 1 : 2) } keys %n]) }
	$s->{place} = ANY if $s->{place} == EQUAL;
	return ('count | map $1 * 100000 + $2', [map { $n{$_} * 100000 + $_ } keys %n]);
}

sub on_the_whole {
	my ($s) = @_;
	my @e = @{$s->{events}};
	my ($kind, $n) = (below($s->{ordered} ? 10 : 4), below(chance(50) ? 5 : 500));
	if ($kind < 4) {
		$s->{ordered} = 1;
		if ($kind == 0) { return ('agg sum($1)', [sum(@e)]) }
		if ($kind == 1) { return ('agg n=count(), s=sum($1) | map $n + $s', [@e + sum(@e)]) }
		$n++;
		if ($kind == 2) { return ("top $n", [largest($n, @e)]) }
		return ("batch $n | agg count() | unbatch", [map { my $left = @e - $_ * $n; $left < $n ? $left : $n } 0 .. int((@e + $n - 1) / $n) - 1]);
	}
	if ($kind == 4) { return ("skip $n", [@e[$n .. $#e]]) }
	if ($kind == 5) { $early = 1; return ("take $n", [@e[0 .. ($n < @e ? $n : @e) - 1]]) }
	if ($kind == 6) { my @some; for (@e) { last if $_ >= $n + 20; push @some, $_ } $early = 1; return ('while $1 < ' . ($n + 20), \@some) }
	if ($kind == 7) { my $last; my @u = grep { my $new = !defined $last || $_ != $last; $last = $_; $new } map { int($_ / 3) } @e; return ('map int($1 / 3) | uniq', \@u) }
	if ($kind == 8) {
		$n++;
		my @sums;
		while (my @some = splice(@e, 0, $n)) { push @sums, sum(@some) }
		return ("agg sum(\$1) every=$n | unbatch", \@sums);
	}
	my $nr = 0;
	return ('map $1 + 0 | agg count() running', [map { ++$nr } @e]);
}

# One stage, or a few in a row.
sub row {
	my ($s) = @_;
	my $kind = below(10);
	my ($text, $events) = $kind < 4 ? per_event($s) : $kind < 6 ? same_events($s)
		: $s->{place} == WHOLE && $kind < 9 ? on_the_whole($s) : $s->{place} >= EQUAL ? on_equal_ones($s) : per_event($s);
	my @texts;
	for (split / \| /, $text) {
		(my $number, $_) = stage($_, $s->{from});
		push @texts, $_;
		$s->{from} = $number;
	}
	$s->{events} = $events;
	return join ' | ', @texts;
}

# ---- blocks ----

sub branch_of {
	my ($s, $events, $place, $ordered) = @_;
	return {events => $events, ordered => $ordered, place => $place < $s->{place} ? $place : $s->{place}};
}

sub block {
	my ($s, $depth) = @_;
	my @e = @{$s->{events}};
	my ($kind, $n) = (below(4), 1 + below(3));
	my (@texts, @ends);
	my $head = ('tee', "balance $n", "partition $n by \$1 % " . (1 + below(9)), 'route')[$kind];
	my ($number, $text) = stage($head, $s->{from});
	my @branches;
	if ($kind == 0) { @branches = map { ['', branch_of($s, [@e], WHOLE, $s->{ordered})] } 0 .. $n }
	if ($kind == 1) { @branches = ['', branch_of($s, [@e], $n == 1 ? WHOLE : ANY, $n == 1 && $s->{ordered})] }
	if ($kind == 2) { @branches = ['', branch_of($s, [@e], $n == 1 ? WHOLE : EQUAL, $n == 1 && $s->{ordered})] }
	if ($kind == 3) {
		my $k = 2 + below(3);
		for my $r (0 .. below($k)) {
			push @branches, ["\$1 % $k == $r => ", branch_of($s, [grep { $_ % $k == $r } @e], WHOLE, $s->{ordered})];
			@e = grep { $_ % $k != $r } @e;
		}
		push @branches, ['else => ', branch_of($s, [@e], WHOLE, $s->{ordered})] if chance(60);
	}
	for (@branches) {
		my ($when, $b) = @$_;
		push @texts, $when . branch($b, $depth + 1, 1);
		push @ends, $b if $b->{events};
	}
	$s->{events} = @ends ? [map { @{$_->{events}} } @ends] : undef;
	# copies flow together, too
	$s->{ordered} = @ends == 1 && $ends[0]{ordered} && ($kind == 0 || $kind == 3 || $n == 1);
	$s->{place} = (sort { $a <=> $b } $s->{place}, map { $_->{place} } $kind == 1 || $kind == 2 ? () : @ends)[0] if @ends;
	$s->{place} = ANY if $s->{place} == EQUAL && @ends;
	$s->{from} = undef;
	return "$text { " . join(' ; ', @texts) . ' }';
}

sub sink {
	my ($s) = @_;
	my ($text, $name) = ('null');
	if (chance(70)) {
		$name = 'f' . ++$nfiles;
		$text = "append $name";
		$files{$name} = [$s->{ordered}, $s->{events}];
	}
	(my $number, $text) = stage($text, $s->{from});
	$s->{events} = undef;
	return $text;
}

# A branch of at least one stage; may_end: with a sink of its own.
sub branch {
	my ($s, $depth, $may_end) = @_;
	my @texts;
	my $length = 1 + below($depth ? 3 : 5);
	while (@texts < $length && $s->{events}) {
		push @texts, $depth < 3 && chance($depth ? 25 : 45) && @{$s->{events}} < 5000 ? block($s, $depth) : row($s);
	}
	push @texts, sink($s) if $s->{events} && $may_end && chance(35);
	return join ' | ', @texts;
}

# ---- a whole one ----

sub pipeline {
	my ($seed) = @_;
	$state = $seed * 7919 + 12345;
	below(2) for 1 .. 5;
	($nstages, $nfiles, $early, @links, %files) = (0, 0, 0);
	my $n = chance(50) ? below(30) : chance(70) ? below(400) : 900 + below(1500);
	my $s = {events => [1 .. $n], ordered => 1, place => WHOLE};
	my $source;
	if (chance(20)) {
		my $m = below($n + 1);
		$source = "{ seq 1 $m ; seq " . ($m + 1) . " $n }";
		$source = "{ seq 1 $m ; seq 1 0 }", $s->{events} = [1 .. $m] if $m == $n;
		$nstages = 3; # the block is one, too
		$s->{ordered} = 0;
	} else {
		$source = "seq 1 $n";
		$s->{from} = $nstages++;
	}
	my $text = $source . ' | ' . branch($s, 0, 1);
	push @links, [$s->{from}, $nstages] if $s->{events} && defined $s->{from};
	$files{stdout} = [$s->{ordered}, $s->{events} || []];
	return $text;
}

sub lines { my ($name) = @_; open(my $f, '<', $name) or return (); chomp(my @l = <$f>); return @l }

sub compare {
	my ($name) = @_;
	my ($ordered, $events) = @{$files{$name}};
	my ($want, @got) = ([@$events], lines($name));
	if (!$ordered) {
		@$want = sort { $a <=> $b } @$want;
		@got = sort { $a <=> $b } @got;
	}
	return () if "@$want" eq "@got";
	my $i = 0;
	$i++ while $i < @got && $i < @$want && $got[$i] eq $want->[$i];
	return sprintf '%s: %d events, not %d; event %d is %s, not %s%s', $name, scalar @got, scalar @$want, $i + 1,
		$got[$i] // 'missing', $want->[$i] // 'none', $ordered ? '' : ' (sorted)';
}

# in = used + dropped + failed + held, where the program computes held itself: so nothing may be held that has a place to
# go, nor be less than nothing; and what a stage puts out is what comes to the next. Copies count as one stage here.
sub balance {
	my @wrong;
	my @s;
	my %copied;
	for (lines('s.json')) {
		next unless /"stage":"([^"]*)"/;
		my $s = {name => $1};
		$s->{$1} = $2 while /"([a-z_]+)":(\d+)/g;
		if ($s->{name} =~ s/#\d+$// and my $first = $copied{$s->{name}}) {
			$first->{$_} += $s->{$_} for grep { $_ ne 'name' } keys %$s;
			next;
		}
		$copied{$s->{name}} = $s;
		push @s, $s;
	}
	return 'no figures' unless @s >= $nstages;
	for (0 .. $#s) {
		my $s = $s[$_];
		my $sum = $s->{used} + $s->{dropped} + $s->{failed} + $s->{held};
		push @wrong, "stage $_, $s->{name}: in $s->{events_in}, but $sum in sum" if $sum != $s->{events_in} || $s->{held} > 1e9;
		push @wrong, "stage $_, $s->{name}: holds $s->{held}" if $s->{held} && !$early;
	}
	for (@links) {
		my ($i, $j) = @$_;
		next if $early || $s[$i]{events_out} == $s[$j]{events_in};
		push @wrong, "stage $i, $s[$i]{name}, puts out $s[$i]{events_out}, stage $j, $s[$j]{name}, gets $s[$j]{events_in}";
	}
	return @wrong;
}

sub run {
	my ($seed) = @_;
	my $text = pipeline($seed);
	my @options = @{one_of([], ['-j1'], ['-j4'], ['--debug-no-fuse'], ['-j2', '--debug-block-bytes', '64'])};
	unlink glob 'f* s.json';
	my $pid = fork() // die;
	if (!$pid) {
		open(STDIN, '<', '/dev/null') && open(STDOUT, '>', 'stdout') && open(STDERR, '>', 'stderr') or die;
		exec 'timeout', '-k', '1', '20', $spile, @options, '--stats=s.json', $text or die;
	}
	waitpid $pid, 0;
	my @wrong = $? == 124 << 8 ? 'hangs' : $? ? "wait status $?" : ();
	push @wrong, lines('stderr');
	push @wrong, map { compare($_) } sort keys %files unless @wrong;
	push @wrong, balance() unless @wrong;
	print "seed $seed: spile @options '$text'\n", map { "  $_\n" } @wrong if @wrong;
	return !@wrong;
}

my ($first, $last) = @ARGV;
my $failed = 0;
for my $seed ($first .. $last) {
	if ($ENV{SHOW}) {
		print pipeline($seed), "\n";
	} else {
		$failed += !run($seed);
	}
	last if $failed >= 5;
}
exit($failed > 0);
