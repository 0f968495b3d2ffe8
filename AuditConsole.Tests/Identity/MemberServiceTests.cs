using AuditConsole.Identity;
using AuditConsole.Tests.Security;
using Microsoft.Extensions.DependencyInjection;

namespace AuditConsole.Tests.Identity;

[Collection(ConsoleTests.Name)]
public sealed class MemberServiceTests(ConsoleFixture fixture)
{
    private readonly ConsoleFactory _console = fixture.Console;

    private MemberService Members => _console.Services.GetRequiredService<MemberService>();

    [Fact]
    public async Task Adding_changing_and_removing_a_member_are_recorded_with_who_did_it()
    {
        var tenant = await _console.AddTenantAsync("member-entries");
        var admin = await _console.AddUserAsync(tenant, Role.Admin);
        var client = new Client(System.Net.IPAddress.Parse("203.0.113.42"), "browser/1");
        var added = await Members.AddAsync(admin.Id, tenant.Slug, "new@member-entries.example", Role.Viewer, client, CancellationToken.None);
        await Members.SetRoleAsync(admin.Id, tenant.Slug, added.UserId, Role.Auditor, client, CancellationToken.None);
        await Members.RemoveAsync(admin.Id, tenant.Slug, added.UserId, client, CancellationToken.None);

        var entries = await _console.EntriesAsync(tenant);

        Assert.Equal(
            [("MemberRemoved", """{"role":"Auditor"}"""), ("MemberRoleChanged", """{"from":"Viewer","to":"Auditor"}"""), ("MemberAdded", """{"role":"Viewer"}""")],
            entries.Take(3).Select(entry => (entry.Content.Action, entry.Content.Metadata.ToString())));
        Assert.All(entries.Take(3), entry =>
        {
            Assert.Equal(($"user:{admin.Id}", admin.Id), (entry.RecordedBy, entry.Content.Actor.Id));
            Assert.Equal(("Member", added.UserId, added.Email), (entry.Content.Target.Type, entry.Content.Target.Id, entry.Content.Target.Name));
            Assert.Equal((client.Ip, client.UserAgent), (entry.Content.Ip, entry.Content.UserAgent));
        });
        Assert.Equal("console", entries[3].RecordedBy);
    }

    [Fact]
    public async Task Somebody_without_the_role_can_do_nothing_and_a_stranger_learns_nothing()
    {
        var tenant = await _console.AddTenantAsync("member-roles");
        var (admin, auditor) = (await _console.AddUserAsync(tenant, Role.Admin), await _console.AddUserAsync(tenant, Role.Auditor));
        var stranger = await _console.AddUserAsync(await _console.AddTenantAsync("member-roles-other"), Role.Admin);

        var denied = await Assert.ThrowsAsync<AccessDeniedException>(() =>
            Members.SetRoleAsync(auditor.Id, tenant.Slug, auditor.Id, Role.Admin, Client.Unknown, CancellationToken.None));
        Assert.Equal(Role.Auditor, denied.Role);
        var unknown = await Assert.ThrowsAsync<AccessDeniedException>(() =>
            Members.RemoveAsync(stranger.Id, tenant.Slug, admin.Id, Client.Unknown, CancellationToken.None));
        var nowhere = await Assert.ThrowsAsync<AccessDeniedException>(() =>
            Members.RemoveAsync(stranger.Id, "no-such-tenant", admin.Id, Client.Unknown, CancellationToken.None));
        Assert.Equal(unknown.Message, nowhere.Message);
    }

    [Fact]
    public async Task Of_two_admins_who_remove_each_other_at_once_one_stays()
    {
        var tenant = await _console.AddTenantAsync("member-duel");
        var (one, two) = (await _console.AddUserAsync(tenant, Role.Admin), await _console.AddUserAsync(tenant, Role.Admin));

        var acts = await Task.WhenAll(Try(one, two), Try(two, one));

        Assert.Single(acts, succeeded => succeeded);

        async Task<bool> Try(TestUser by, TestUser whom)
        {
            try
            {
                await Members.RemoveAsync(by.Id, tenant.Slug, whom.Id, Client.Unknown, CancellationToken.None);
                return true;
            }
            catch (Exception refusal) when (refusal is RefusedException or AccessDeniedException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task An_admin_cannot_take_over_a_person_through_another_account()
    {
        var (mine, theirs) = (await _console.AddTenantAsync("takeover-mine"), await _console.AddTenantAsync("takeover-theirs"));
        var admin = await _console.AddUserAsync(mine, Role.Admin);
        var victim = await _console.AddUserAsync(theirs, Role.Admin);
        await Members.AddAsync(admin.Id, mine.Slug, victim.Email, Role.Viewer, Client.Unknown, CancellationToken.None);

        await Assert.ThrowsAsync<RefusedException>(() => Members.NewLinkAsync(admin.Id, mine.Slug, victim.Id, CancellationToken.None));
    }
}
