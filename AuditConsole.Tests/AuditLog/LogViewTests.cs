using AuditConsole.AuditLog;
using AuditConsole.Core;
using AuditConsole.Identity;
using AuditConsole.Query;
using AuditConsole.Retention;
using AuditConsole.Storage;
using AuditConsole.Tests.Browser;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuditConsole.Tests.AuditLog;

[Collection(BrowserTests.Name)]
public sealed class LogViewTests(BrowserFixture fixture) : BunitContext
{
    private static readonly Uri Log = new("http://localhost/audit-log");

    [Fact]
    public async Task A_store_that_fails_is_told_and_tried_again()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 3);
        probe.BeforePage = () => throw new StorageException("The disk is full.");

        await view.ShowAsync(member, Log);

        Assert.Equal(LogPhase.Failed, view.Phase);
        var state = Render<LogState>(parameters => parameters.Add(component => component.View, view));
        Assert.Contains("The disk is full.", state.Markup);
        Assert.Equal("Retry", state.Find("button").TextContent);

        probe.BeforePage = () => Task.CompletedTask;
        await view.ShowAsync(member, Log, again: true);
        Assert.Equal(LogPhase.Shown, view.Phase);
        Assert.Equal(3, view.Page!.Rows.Count(row => row.Html.Contains("RuleEdited")));
    }

    [Fact]
    public async Task An_unexpected_error_tells_nothing_of_the_inside()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 1);
        probe.BeforePage = () => throw new InvalidOperationException("secret detail");

        await view.ShowAsync(member, Log);

        Assert.Equal(LogPhase.Failed, view.Phase);
        Assert.DoesNotContain("secret", view.Failure);
    }

    [Fact]
    public async Task Rows_come_before_their_count_and_leaving_ends_the_counting()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 150);
        var ended = new TaskCompletionSource();
        probe.BeforeCount = async cancellation =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                ended.TrySetResult();
            }
        };
        var first = view.ShowAsync(member, Log);
        while (view.Page is null)
        {
            await Task.Delay(5);
        }
        Assert.Null(view.Count);

        probe.BeforeCount = _ => Task.CompletedTask;
        await view.ShowAsync(member, new Uri(Log, "?entityType=Rule"));

        await ended.Task;
        await first;
        Assert.Equal(150, view.Count);
    }

    [Fact]
    public async Task Entries_are_shown_even_if_they_can_not_be_counted()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 150);
        probe.BeforeCount = _ => throw new StorageException("No.");

        await view.ShowAsync(member, Log);

        Assert.Equal((LogPhase.Shown, true, null), (view.Phase, view.CountFailed, view.Count));
    }

    [Fact]
    public async Task Opening_an_entry_reads_no_page_again()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, Log);

        await view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(2))));

        Assert.Equal(1, probe.PagesRead);
        Assert.Equal([2], view.Query.Open);
        Assert.Equal("RuleEdited", view.Opened[2].Content.Action);
        Assert.Empty(view.Linked);
        await view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(2))));
        Assert.Empty(view.Opened);
    }

    [Fact]
    public async Task What_a_link_opens_stands_in_its_row_or_else_above_the_list()
    {
        var (view, _, member, _) = await MakeAsync(entries: 150);
        var oldest = 1L;

        await view.ShowAsync(member, new Uri(Log, $"?entityType=Rule&entry={oldest + 10},140,4711"));

        Assert.Equal([oldest + 10, 140], view.Opened.Keys.Order());
        Assert.Equal([oldest + 10], view.Linked.Select(row => row.Sequence));
        Assert.Equal([4711], view.Missing);
        Assert.Contains(view.Page!.Rows, row => row.Sequence == 140);
    }

    [Fact]
    public async Task Of_two_entries_opened_at_once_both_are_shown()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, Log);
        var slow = new TaskCompletionSource();
        probe.BeforeFind = () => slow.Task;
        var first = view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(2))));
        probe.BeforeFind = () => Task.CompletedTask;

        await view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(3))));
        slow.SetResult();
        await first;

        Assert.Equal([2, 3], view.Opened.Keys.Order());
    }

    [Fact]
    public async Task An_entry_that_can_not_be_read_when_it_is_opened_is_told_of()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, Log);
        probe.BeforeFind = () => throw new StorageException("The disk is gone.");

        await view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(2))));

        Assert.Equal((LogPhase.Failed, "The disk is gone."), (view.Phase, view.Failure));
    }

    [Fact]
    public async Task Rows_stay_as_they_are_until_the_next_ones_are_there()
    {
        var (view, probe, member, _) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, Log);
        var before = (view.Shown, view.Page);
        var next = new TaskCompletionSource();
        probe.BeforePage = () => next.Task;

        var showing = view.ShowAsync(member, new Uri(Log, "?entityType=Rule"));

        Assert.Equal((true, "Rule"), (view.IsBusy, view.Query.Filter.EntityType));
        Assert.Equal(before, (view.Shown, view.Page));
        next.SetResult();
        await showing;
        Assert.Equal(("Rule", view.Query), (view.Shown.Filter.EntityType, view.Shown));
        await view.ShowAsync(member, new Uri("http://localhost" + ConsoleUrls.AuditLog(view.Query.Toggle(2))));
        Assert.Equal([2], view.Shown.Open);
    }

    [Fact]
    public async Task Newer_matching_entries_are_counted()
    {
        var (view, _, member, seed) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, new Uri(Log, "?entityType=Rule"));

        await seed.AppendAsync(Entry(), Entry(), Entry() with { Target = new Resource("Profile", "p") });
        await view.LookForNewerAsync(member);

        Assert.Equal(2, view.Newer);
    }

    [Fact]
    public async Task Who_is_no_member_any_more_sees_nothing()
    {
        var (view, _, member, seed) = await MakeAsync(entries: 3);
        await view.ShowAsync(member, Log);
        var admin = await fixture.Console.AddUserAsync(seed.Tenant, Role.Admin);
        await fixture.Console.Services.GetRequiredService<MemberService>().RemoveAsync(
            admin.Id, seed.Tenant.Slug, seed.Reader.Id, Client.Unknown, CancellationToken.None);

        await view.ShowAsync(member, Log, again: true);

        Assert.Equal((LogPhase.Denied, null), (view.Phase, view.Page));
    }

    [Fact]
    public async Task Another_tenant_s_log_is_none_of_one_s_own()
    {
        var (view, _, member, _) = await MakeAsync(entries: 1);
        var (_, _, other, _) = await MakeAsync(entries: 1);

        await view.ShowAsync(member, new Uri(Log, $"?tenant={other.TenantSlug}"));

        Assert.Equal((LogPhase.Denied, null), (view.Phase, view.Page));
    }

    private async Task<(LogView View, StoreProbe Probe, Member Member, LogSeed Seed)> MakeAsync(int entries)
    {
        var seed = await LogSeed.MakeAsync(fixture, entries: Enumerable.Range(0, entries).Select(_ => Entry()));
        var services = fixture.Console.Services;
        var (store, probe) = StoreProbe.Before(services.GetRequiredService<IEntryStore>());
        var members = services.GetRequiredService<IMemberDirectory>();
        var reader = new LogReader(
            store, members, services.GetRequiredService<ReadScopes>(), services.GetRequiredService<CursorProtector>(), services.GetRequiredService<ReadRecords>());
        var member = await members.RequireAsync(seed.Reader.Id, null, Permission.ReadLog, CancellationToken.None);
        return (new LogView(reader, TimeProvider.System, NullLogger<LogView>.Instance), probe, member, seed);
    }

    private static NewEntry Entry() => new()
    {
        Actor = new Actor("user", "usr_7"),
        Action = "RuleEdited",
        Target = new Resource("Rule", "id_1", "a-rule"),
    };
}
