using System.Net;
using System.Net.Mail;
using System.Threading.Channels;
using AuditConsole.Identity;
using AuditConsole.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AuditConsole.Notices;

/// <summary>
/// Sends e-mail to the Admins of a tenant, where a mail server is configured. Whoever asks never waits: under a flood
/// mails are dropped, since what they tell stands in the security log too.
/// </summary>
public sealed partial class AdminMail(IDbContextFactory<ConsoleDbContext> contexts, IOptions<SmtpOptions> options, ILogger<AdminMail> log) : BackgroundService
{
    private const int Capacity = 100;
    private const int Attempts = 3;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<(int Tenant, string Subject, string Text)> _mails = Channel.CreateBounded<(int, string, string)>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Sends it some time soon, or nothing where no mail server is configured.</summary>
    /// <param name="tenant">The tenant's number in the store.</param>
    /// <param name="subject">A line.</param>
    /// <param name="text">Plain text; never a secret.</param>
    public void Send(int tenant, string subject, string text)
    {
        if (options.Value.Host is not null)
        {
            _mails.Writer.TryWrite((tenant, subject, text));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await foreach (var (tenant, subject, text) in _mails.Reader.ReadAllAsync(stoppingToken))
            {
                await SendAsync(tenant, subject, text, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task SendAsync(int tenant, string subject, string text, CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendOnceAsync(tenant, subject, text, stoppingToken);
                return;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotSent(log, fault, options.Value.Host!);
                if (attempt == Attempts)
                {
                    return;
                }
            }
            await Task.Delay(BetweenAttempts, stoppingToken);
        }
    }

    private async Task SendOnceAsync(int tenant, string subject, string text, CancellationToken stoppingToken)
    {
        List<string?> admins;
        await using (var context = await contexts.CreateDbContextAsync(stoppingToken))
        {
            admins = await (
                from membership in context.Memberships
                where membership.TenantNumber == tenant && membership.Role == Role.Admin
                join user in context.Users on membership.UserId equals user.Id
                select user.Email).ToListAsync(stoppingToken);
        }
        var smtp = options.Value;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(Patience);
        using var client = new SmtpClient(smtp.Host, smtp.Port) { EnableSsl = smtp.StartTls };
        if (smtp.User is not null)
        {
            client.Credentials = new NetworkCredential(smtp.User, smtp.Password);
        }
        foreach (var admin in admins)
        {
            // One each: nobody learns who else is an Admin.
            using var mail = new MailMessage(smtp.From!, admin!, new string([.. subject.Select(letter => char.IsControl(letter) ? ' ' : letter)]), text);
            await client.SendMailAsync(mail, patience.Token);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "An e-mail could not be sent by {Host}")]
        public static partial void NotSent(ILogger logger, Exception fault, string host);
    }
}
