using AuditConsole.Core;

namespace AuditConsole.Tests.Core;

public sealed class ChainVerifierTests
{
    private static readonly Guid Tenant = Guid.Parse("6f1c2f8e-3f53-4f0e-9c39-2f1d4ad0c0de");

    private readonly List<ChainPlace> _places = [];

    private readonly ChainHead _head = ChainHead.Empty;

    public ChainVerifierTests()
    {
        for (var i = 0; i < 20; i++)
        {
            var entry = new RandomEntry(i).After(_head, Tenant);
            _places.Add(Place(entry));
            _head = _head.Append(entry.Leaf);
        }
    }

    [Fact]
    public void An_untouched_chain_holds()
    {
        var verifier = new ChainVerifier(ChainHead.Empty);
        Assert.Null(Walk(verifier));
        Assert.Equal((_head, 20, 0), (verifier.Head, verifier.Entries, verifier.Purged));
    }

    [Fact]
    public void An_empty_chain_holds() => Assert.Null(new ChainVerifier(ChainHead.Empty).Finish(ChainHead.Empty));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    public void A_changed_head_is_found(int sequence)
    {
        foreach (var change in HeadChanges())
        {
            var before = _places[sequence - 1];
            _places[sequence - 1] = before with { Entry = change(before.Entry!) };
            AssertFault(sequence, "was changed");
            _places[sequence - 1] = before;
        }

        static IEnumerable<Func<StoredEntry, StoredEntry>> HeadChanges()
        {
            yield return entry => entry with { Id = Guid.Empty };
            yield return entry => entry with { TenantId = Guid.Empty };
            yield return entry => entry with { OccurredAt = entry.OccurredAt.AddMilliseconds(1) };
            yield return entry => entry with { RecordedAt = entry.RecordedAt.AddMilliseconds(-1) };
            yield return entry => entry with { RecordedBy = "key:key_2" };
            yield return entry => entry with { HeadContent = entry.HeadContent with { Action = "RuleDeleted" } };
            yield return entry => entry with { HeadContent = entry.HeadContent with { Actor = entry.HeadContent.Actor with { Id = "usr_2" } } };
            yield return entry => entry with { HeadContent = entry.HeadContent with { Target = entry.HeadContent.Target with { Slug = "another" } } };
        }
    }

    [Fact]
    public void Changed_details_and_a_changed_salt_are_found()
    {
        var entry = _places[8].Entry!;
        var details = entry.Details.ToArray();
        details[^2] ^= 1;
        _places[8] = _places[8] with { Entry = entry with { Details = details } };
        AssertFault(9, "was changed");
        _places[8] = _places[8] with { Entry = entry with { Salt = DetailsSalt.Create() } };
        AssertFault(9, "was changed");
    }

    [Fact]
    public void A_changed_leaf_or_link_is_found()
    {
        var place = _places[4];
        _places[4] = place with { Leaf = _places[5].Leaf };
        AssertFault(5, "was changed");
        _places[4] = place with { Entry = place.Entry! with { Hash = EntryHash.Zero } };
        AssertFault(5, "link is broken");
    }

    [Fact]
    public void A_change_whose_leaf_was_hashed_again_breaks_the_link()
    {
        var other = new RandomEntry(99).After(new ChainHead(4, EntryHash.Zero), Tenant);
        _places[4] = Place(other);
        AssertFault(5, "link is broken");
    }

    [Fact]
    public void A_missing_entry_is_found_where_it_is_missing()
    {
        _places.RemoveRange(9, 2);
        AssertFault(10, "missing: the next one in the store is #12");
    }

    [Fact]
    public void A_missing_beginning_is_found()
    {
        _places.RemoveAt(0);
        AssertFault(1, "missing");
    }

    [Fact]
    public void A_doubled_entry_is_found_and_named()
    {
        _places.Insert(10, _places[9]);
        AssertFault(10, "#10 a second time");
    }

    [Fact]
    public void Swapped_entries_are_found_at_the_first_of_them()
    {
        (_places[6], _places[7]) = (_places[7], _places[6]);
        AssertFault(7, "missing: the next one in the store is #8");
    }

    [Fact]
    public void Entries_that_swapped_their_sequences_are_found_at_the_first_of_them()
    {
        (_places[6], _places[7]) = (_places[7] with { Sequence = 7 }, _places[6] with { Sequence = 8 });
        AssertFault(7, "was changed");
    }

    [Fact]
    public void A_tail_that_was_written_anew_does_not_agree_with_the_recorded_head()
    {
        var head = ChainHead.Empty;
        foreach (var place in _places.Take(15))
        {
            head = head.Append(place.Leaf);
        }
        for (var i = 15; i < 20; i++)
        {
            var entry = new RandomEntry(1000 + i).After(head, Tenant);
            _places[i] = Place(entry);
            head = head.Append(entry.Leaf);
        }
        AssertFault(20, "recorded head");
    }

    [Fact]
    public void A_cut_end_and_an_added_one_are_found()
    {
        _places.RemoveRange(17, 3);
        AssertFault(18, "once reached #20");
        Assert.Equal(1, new ChainVerifier(ChainHead.Empty).Finish(_head)!.Sequence);
        Assert.Equal(17, Walk(new ChainVerifier(ChainHead.Empty), new ChainHead(16, EntryHash.Zero))!.Sequence);
    }

    [Fact]
    public void Purged_places_hold_by_their_leaves()
    {
        foreach (var sequence in new[] { 1, 2, 5, 19, 20 })
        {
            _places[sequence - 1] = _places[sequence - 1] with { Entry = null };
        }
        var verifier = new ChainVerifier(ChainHead.Empty);
        Assert.Null(Walk(verifier));
        Assert.Equal((15, 5), (verifier.Entries, verifier.Purged));
    }

    [Fact]
    public void A_changed_leaf_of_a_purged_place_breaks_the_next_link_or_the_recorded_head()
    {
        _places[4] = new ChainPlace(5, EntryHash.Zero, null);
        AssertFault(6, "link is broken");
    }

    [Fact]
    public void A_changed_leaf_of_a_purged_end_does_not_agree_with_the_recorded_head()
    {
        _places[19] = new ChainPlace(20, EntryHash.Zero, null);
        AssertFault(20, "recorded head");
    }

    [Fact]
    public void A_walk_starts_where_a_purge_left_the_chain()
    {
        var start = ChainHead.Empty;
        foreach (var place in _places.Take(12))
        {
            start = start.Append(place.Leaf);
        }
        _places.RemoveRange(0, 12);
        Assert.Null(Walk(new ChainVerifier(start)));
        Assert.Equal(13, Walk(new ChainVerifier(start with { Hash = EntryHash.Zero }))!.Sequence);
        Assert.Equal(12, Walk(new ChainVerifier(start with { Size = 11 }))!.Sequence);
    }

    private void AssertFault(long sequence, string reason)
    {
        var fault = Walk(new ChainVerifier(ChainHead.Empty));
        Assert.NotNull(fault);
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
        Assert.Equal(sequence, fault.Sequence);
    }

    private ChainFault? Walk(ChainVerifier verifier, ChainHead? stored = null)
    {
        foreach (var place in _places)
        {
            if (verifier.Add(place) is { } fault)
            {
                return fault;
            }
        }
        return verifier.Finish(stored ?? _head);
    }

    private static ChainPlace Place(AuditEntry entry) => new(entry.Sequence, entry.Leaf, new StoredEntry(
        entry.Id, entry.TenantId, entry.OccurredAt, entry.RecordedAt, entry.RecordedBy, entry.Content, entry.Salt,
        EntryText.Details(entry.Content), entry.Hash));
}
